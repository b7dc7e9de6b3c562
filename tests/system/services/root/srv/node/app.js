// SPDX-License-Identifier: MIT
// The application in Node: /who says so; /call asks the API twice over one kept connection.
"use strict";
const http = require("http");
const https = require("https");

const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });

function ask() {
	return new Promise((resolve, reject) => {
		const request = https.get("https://api.example.com/who", { agent, timeout: 5000 }, (answer) => {
			let text = `${answer.socket.authorized} `;
			answer.on("data", (part) => (text += part));
			answer.on("end", () => resolve(text));
		});
		request.on("error", reject);
	});
}

async function page(path) {
	return path === "/call" ? `node heard: ${await ask()}node heard: ${await ask()}` : "node\n";
}

http.createServer((request, response) => {
	page(request.url).then(
		(text) => response.end(text),
		(error) => {
			response.statusCode = 502;
			response.end(`${error}\n`);
		},
	);
}).listen(3000, "127.0.0.1");
