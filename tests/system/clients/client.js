// SPDX-License-Identifier: MIT
// Node's ways to connect. usage: node client.js KIND HOST PORT
'use strict';
const http = require('http');
const net = require('net');

const [kind, host, port] = [process.argv[2], process.argv[3], Number(process.argv[4])];
const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

function get(agent) {
  return new Promise((resolve, reject) => {
    http.get({ host, port, path: '/who', agent }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (block) => { body += block; });
      response.on('end', () => resolve(`${response.statusCode} ${response.headers.served} ${body.trim()}`));
    }).on('error', reject);
  });
}

async function once() {
  console.log(await get(undefined));
}

// Fifty requests over five connections that are used again.
async function keepalive() {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 5 });
  const answers = await Promise.all(Array.from({ length: 50 }, () => get(agent)));
  console.log(answers.length, [...new Set(answers)], Object.keys(agent.freeSockets).length);
  agent.destroy();
}

function socket() {
  const connection = net.connect({ host, port, keepAlive: true, keepAliveInitialDelay: 5000, noDelay: true });
  connection.setTimeout(10000, () => connection.destroy(new Error('timeout')));
  connection.on('connect', () => {
    connection.setNoDelay(false).setNoDelay(true).setKeepAlive(true, 9000);
    console.log('peer', connection.remoteFamily, connection.remoteAddress, connection.remotePort);
    console.log('local', connection.localFamily, connection.localAddress);
    connection.write('GET /who HTTP/1.0\r\n\r\n');
  });
  connection.on('data', (block) => process.stdout.write(block.toString().split('\r\n').pop()));
  connection.on('close', (failed) => console.log('closed', failed));
}

async function fetches() {
  const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`http://${authority}/who`)));
  for (const answer of answers) console.log(answer.status, (await answer.text()).trim());
}

({ get: once, keepalive, socket, fetch: fetches })[kind]();
