// SPDX-License-Identifier: MIT
// Java's ways to connect; its sockets are AF_INET6 where the kernel has IPv6, its addresses v4-mapped.
// usage: java Client KIND HOST PORT

import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import jdk.net.ExtendedSocketOptions;

class Client {
    static final byte[] REQUEST = "GET /who HTTP/1.0\r\n\r\n".getBytes();
    static String host;
    static int port;

    static URI uri() {
        String name = host.contains(":") ? "[" + host + "]" : host;
        return URI.create("http://" + name + ":" + port + "/who");
    }

    static String lastLine(byte[] answer) {
        String[] lines = new String(answer).split("\r\n");
        return lines[lines.length - 1].trim();
    }

    static void httpClient() throws Exception {
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        var answers = new ArrayList<CompletableFuture<String>>();
        for (int i = 0; i < 20; i++) {
            HttpRequest request = HttpRequest.newBuilder(uri()).build();
            answers.add(client.sendAsync(request, BodyHandlers.ofString()).thenApply(r -> r.statusCode() + " " + r.body()));
        }
        for (var answer : answers) {
            System.out.print(answer.get());
        }
    }

    static void urlConnection() throws Exception {
        for (int i = 0; i < 3; i++) {
            HttpURLConnection connection = (HttpURLConnection) uri().toURL().openConnection();
            connection.setConnectTimeout(10000);
            connection.setReadTimeout(10000);
            try (InputStream body = connection.getInputStream()) {
                System.out.print(connection.getResponseCode() + " " + new String(body.readAllBytes()));
            }
        }
    }

    /** The old blocking socket, without (timeout 0) and with a limit on connecting. */
    static void socket(int timeout) throws Exception {
        try (Socket socket = new Socket()) {
            socket.setTcpNoDelay(true);
            socket.setKeepAlive(true);
            socket.setSoLinger(true, 3);
            socket.connect(new InetSocketAddress(host, port), timeout);
            socket.setSoTimeout(10000);
            socket.setTrafficClass(0x10);
            socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 77);
            System.out.println("peer " + socket.getRemoteSocketAddress());
            System.out.println("local " + socket.getLocalAddress());
            System.out.println(socket.getTcpNoDelay() + " " + socket.getKeepAlive() + " " + socket.getSoLinger()
                    + " " + socket.getOption(ExtendedSocketOptions.TCP_KEEPIDLE) + " " + socket.getTrafficClass());
            socket.getOutputStream().write(REQUEST);
            System.out.println(lastLine(socket.getInputStream().readAllBytes()));
        }
    }

    /** The channel is registered with the selector, so in its epoll set, before it is connected. */
    static void selector() throws Exception {
        try (Selector selector = Selector.open(); SocketChannel channel = SocketChannel.open()) {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT);
            selector.selectNow();
            if (!channel.connect(new InetSocketAddress(host, port))) {
                selector.select(10000);
                channel.finishConnect();
            }
            System.out.println("peer " + channel.getRemoteAddress());
            System.out.println(channel.isConnected() + " " + channel.getOption(StandardSocketOptions.TCP_NODELAY));
            channel.write(ByteBuffer.wrap(REQUEST));
            key.interestOps(SelectionKey.OP_READ);
            System.out.println(lastLine(readAll(selector, channel)));
        }
    }

    static byte[] readAll(Selector selector, SocketChannel channel) throws Exception {
        ByteBuffer answer = ByteBuffer.allocate(65536);
        int got = 0;
        while (got >= 0) {
            if (selector.select(10000) == 0) {
                throw new Exception("no event");
            }
            selector.selectedKeys().clear();
            got = channel.read(answer);
        }
        return java.util.Arrays.copyOf(answer.array(), answer.position());
    }

    public static void main(String[] arguments) throws Exception {
        host = arguments[1];
        port = Integer.parseInt(arguments[2]);
        switch (arguments[0]) {
        case "http-client" -> httpClient();
        case "url-connection" -> urlConnection();
        case "socket" -> socket(0);
        case "socket-timeout" -> socket(10000);
        case "selector" -> selector();
        default -> throw new Exception("unknown kind");
        }
    }
}
