// SPDX-License-Identifier: MIT

// A program that asks a server for a page once a second, each time on a new connection, until it is killed. The
// connection before is closed after that, so that one is always open.
//
// usage: go_watcher HOST:PORT
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"time"
)

func ask(address string) (net.Conn, error) {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(connection, "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", address)
	_, err = bufio.NewReader(connection).ReadString('\n')
	return connection, err
}

func main() {
	var last net.Conn
	for ; ; time.Sleep(time.Second) {
		connection, err := ask(os.Args[1])
		if err != nil {
			fmt.Println(err)
			continue
		}
		if last != nil {
			last.Close()
		}
		last = connection
	}
}
