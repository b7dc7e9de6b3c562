<?php
// SPDX-License-Identifier: MIT
// PHP's ways to connect. usage: php client.php KIND HOST PORT

[, $kind, $host, $port] = $argv;
$authority = (strpos($host, ':') === false ? $host : "[$host]") . ":$port";

function converse($stream): void
{
    fwrite($stream, "GET /who HTTP/1.0\r\n\r\n");
    $lines = explode("\r\n", stream_get_contents($stream));
    echo end($lines);
}

function describe($stream): void
{
    echo 'peer ', stream_socket_get_name($stream, true), "\n";
    echo 'local ', preg_replace('/:\d+$/', '', stream_socket_get_name($stream, false)), "\n";
}

function file_get(): void
{
    global $authority;
    $context = stream_context_create(['http' => ['timeout' => 10], 'socket' => ['tcp_nodelay' => true]]);
    echo file_get_contents("http://$authority/who", false, $context);
}

function fsock(): void
{
    global $host, $port;
    $stream = fsockopen(strpos($host, ':') === false ? $host : "[$host]", (int)$port, $code, $message, 10);
    echo "$code $message\n";
    describe($stream);
    converse($stream);
}

// Not connected yet when the call returns, as far as the program knows.
function async(): void
{
    global $authority;
    $flags = STREAM_CLIENT_CONNECT | STREAM_CLIENT_ASYNC_CONNECT;
    $stream = stream_socket_client("tcp://$authority", $code, $message, 10, $flags);
    stream_set_blocking($stream, false);
    $read = $except = [];
    $write = [$stream];
    echo 'writable ', stream_select($read, $write, $except, 10), "\n";
    stream_set_blocking($stream, true);
    describe($stream);
    converse($stream);
}

// The sockets extension: the C calls by their own names.
function sockets(): void
{
    global $host, $port;
    $family = strpos($host, ':') === false ? AF_INET : AF_INET6;
    $socket = socket_create($family, SOCK_STREAM, SOL_TCP);
    socket_set_option($socket, SOL_TCP, TCP_NODELAY, 1);
    socket_set_nonblock($socket);
    if (!@socket_connect($socket, $host, (int)$port) && socket_last_error($socket) != SOCKET_EINPROGRESS) {
        echo socket_strerror(socket_last_error($socket)), "\n";
    }
    $read = $except = null;
    $write = [$socket];
    echo 'writable ', socket_select($read, $write, $except, 10), "\n";
    socket_set_block($socket);
    socket_getpeername($socket, $address, $number);
    echo "peer $address $number nodelay ", socket_get_option($socket, SOL_TCP, TCP_NODELAY) ? 1 : 0, "\n";
    socket_write($socket, "GET /who HTTP/1.0\r\n\r\n");
    $answer = '';
    while (($block = socket_read($socket, 4096)) !== '' && $block !== false) {
        $answer .= $block;
    }
    $lines = explode("\r\n", $answer);
    echo end($lines);
}

// The curl extension: libcurl connects, loaded behind the extension.
function with_curl(): void
{
    global $host, $port;
    $handle = curl_init("http://$host:$port/");
    curl_setopt($handle, CURLOPT_RETURNTRANSFER, true);
    echo curl_exec($handle), curl_error($handle);
}

$kinds = ['file_get_contents' => 'file_get', 'fsockopen' => 'fsock', 'async' => 'async', 'sockets' => 'sockets', 'curl' => 'with_curl'];
$kinds[$kind]();
