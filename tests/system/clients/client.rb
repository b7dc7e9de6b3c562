# SPDX-License-Identifier: MIT
# Ruby's ways to connect. usage: ruby client.rb KIND HOST PORT
require 'net/http'
require 'socket'

KIND, HOST, PORT = ARGV[0], ARGV[1], Integer(ARGV[2])

def converse(socket)
  socket.write("GET /who HTTP/1.0\r\n\r\n")
  puts socket.read.lines.last
end

def check(socket)
  socket.setsockopt(:TCP, :NODELAY, 1)
  puts "peer #{socket.remote_address.inspect_sockaddr}"
  puts "local #{socket.local_address.ip_address}"
  puts "nodelay #{socket.getsockopt(:TCP, :NODELAY).int != 0} error #{socket.getsockopt(:SOCKET, :ERROR).int}"
  converse(socket)
end

def net_http
  Net::HTTP.start(HOST, PORT, open_timeout: 10, read_timeout: 10) do |http|
    3.times do
      answer = http.get('/who')
      puts "#{answer.code} #{answer['served']} #{answer.body}"
    end
  end
end

# The calls below Socket.tcp, with the exceptions that they raise.
def nonblocking
  family = HOST.include?(':') ? :INET6 : :INET
  socket = Socket.new(family, :STREAM)
  address = Addrinfo.tcp(HOST, PORT)
  if socket.connect_nonblock(address, exception: false) == :wait_writable
    socket.wait_writable(10)
    begin
      socket.connect_nonblock(address)
    rescue Errno::EISCONN
      nil
    end
  end
  check(socket)
end

def threads
  words = Array.new(20) do
    Thread.new { TCPSocket.open(HOST, PORT) { |socket| socket.write("GET /who HTTP/1.0\r\n\r\n"); socket.read.lines.last } }
  end
  puts words.map(&:value).tally.inspect
end

case KIND
when 'net-http' then net_http
when 'tcp-socket' then check(TCPSocket.new(HOST, PORT))
when 'tcp-timeout' then check(TCPSocket.new(HOST, PORT, connect_timeout: 10))
when 'socket-tcp' then check(Socket.tcp(HOST, PORT, connect_timeout: 10))
when 'nonblocking' then nonblocking
when 'threads' then threads
else abort 'unknown kind'
end
