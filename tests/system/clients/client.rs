// SPDX-License-Identifier: MIT
// Rust's standard library. usage: client KIND HOST PORT

use std::env;
use std::io::{Read, Result, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(10);

fn converse(mut stream: TcpStream) -> Result<String> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /who HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.lines().last().unwrap_or("").to_string())
}

fn describe(stream: &TcpStream) -> Result<()> {
    stream.set_nodelay(true)?;
    stream.set_ttl(33)?;
    println!("peer {}", stream.peer_addr()?);
    println!("local {}", stream.local_addr()?.ip());
    println!("nodelay {} ttl {} error {:?}", stream.nodelay()?, stream.ttl()?, stream.take_error()?);
    Ok(())
}

// The clone speaks and listens; the first descriptor is closed meanwhile.
fn cloned(address: SocketAddr) -> Result<()> {
    let stream = TcpStream::connect(address)?;
    let clone = stream.try_clone()?;
    println!("peer {}", clone.peer_addr()?);
    drop(stream);
    println!("{}", converse(clone)?);
    Ok(())
}

fn threads(address: SocketAddr) -> Result<()> {
    let workers: Vec<_> = (0..32)
        .map(|_| thread::spawn(move || converse(TcpStream::connect(address)?)))
        .collect();
    for worker in workers {
        println!("{}", worker.join().unwrap()?);
    }
    Ok(())
}

fn single(stream: TcpStream) -> Result<()> {
    describe(&stream)?;
    println!("{}", converse(stream)?);
    Ok(())
}

fn half_closed(address: SocketAddr) -> Result<()> {
    let stream = TcpStream::connect(address)?;
    let answer = converse(stream.try_clone()?)?;
    println!("{} {:?}", answer, stream.shutdown(Shutdown::Read).is_ok());
    Ok(())
}

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().collect();
    let port: u16 = arguments[3].parse().unwrap();
    if arguments[1] == "name" {
        return single(TcpStream::connect((arguments[2].as_str(), port))?);
    }
    let address = SocketAddr::new(arguments[2].parse().unwrap(), port);
    match arguments[1].as_str() {
        "connect" => single(TcpStream::connect(address)?),
        "timeout" => single(TcpStream::connect_timeout(&address, PATIENCE)?),
        "clone" => cloned(address),
        "threads" => threads(address),
        "shutdown" => half_closed(address),
        kind => panic!("unknown kind {kind}"),
    }
}
