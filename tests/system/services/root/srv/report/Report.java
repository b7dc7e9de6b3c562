// SPDX-License-Identifier: MIT
// Asks for a page over HTTPS in both of Java's ways; the JVM's own store says which certificates are good.
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

class Report {
    public static void main(String[] arguments) throws Exception {
        URI page = URI.create(arguments[0]);

        try (var answer = page.toURL().openStream()) {
            System.out.print("java heard: " + new String(answer.readAllBytes()));
        }
        System.out.print("java heard: "
            + HttpClient.newHttpClient().send(HttpRequest.newBuilder(page).build(), BodyHandlers.ofString()).body());
    }
}
