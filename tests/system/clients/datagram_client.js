// SPDX-License-Identifier: MIT
// Node's datagram sockets and c-ares, which Node's own resolver is.
//
// usage: node datagram_client.js KIND HOST PORT
// Prints the server's word and the sender's address as the program saw them.
'use strict';
const dgram = require('dgram');
const dns = require('dns');

const [kind, host, portText] = process.argv.slice(2);
const port = Number(portText);
const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
const patience = 5000; // milliseconds; only a failure takes so long

// A socket that shows each answer, and closes itself after so many.
function fresh(answers) {
  const socket = dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const timer = setTimeout(() => socket.close(), patience);
  let left = answers;
  socket.on('message', (message, from) => {
    console.log(from.family, from.address, from.port, from.size, message.toString());
    left -= 1;
    if (left === 0) {
      clearTimeout(timer);
      socket.close();
    }
  });
  return socket;
}

function sent(error, bytes) {
  console.log('sent', error, bytes);
}

function unconnected() {
  fresh(1).send('unconnected', port, host, sent);
}

// Sends that are queued at once leave in one sendmmsg().
function many() {
  const socket = fresh(20);
  for (let i = 0; i < 20; i += 1) socket.send(`one of many: ${i}`, port, host);
}

function connected() {
  const socket = fresh(1);
  socket.connect(port, host, () => {
    console.log('peer', socket.remoteAddress());
    socket.send('connected', sent);
  });
}

function lookUp() {
  const resolver = new dns.Resolver({ timeout: patience / 2, tries: 1 });
  resolver.setServers([authority]);
  console.log(resolver.getServers());
  resolver.resolveTxt('who.example.com', (error, records) => console.log(error?.code, records));
}

({ send: unconnected, many, connect: connected, resolve: lookUp })[kind]();
