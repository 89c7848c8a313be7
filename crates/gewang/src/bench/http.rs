use std::net::SocketAddr;
use std::ops::Range;

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Bytes of an answer's head; ours are a tenth of it.
const MAX_HEAD: usize = 16 << 10;

/// One connection that stays open, with one request on it at a time. It does as little as a client can, so that what is
/// measured is the server: it writes bytes that are ready and reads up to the announced length.
pub(super) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// An answer: its status, and its body while nothing else is sent on the connection.
pub(super) struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> Result<Connection> {
        let stream = TcpStream::connect(address)
            .await
            .with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Connection {
            stream,
            received: Vec::with_capacity(4 << 10),
        })
    }

    /// Sends a whole request and reads the whole answer.
    pub async fn send(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.received.clear();
        let head = self.head().await?;
        let text = std::str::from_utf8(&self.received[head.clone()])
            .context("the head of an answer is not text")?;
        let status = status(text)?;
        let length: usize = header(text, "content-length")
            .and_then(|value| value.parse().ok())
            .with_context(|| format!("an answer of status {status} does not say its length"))?;
        let end = head.end + length;
        while self.received.len() < end {
            self.read().await?;
        }
        ensure!(
            self.received.len() == end,
            "the server sent more than it announced"
        );
        Ok(Answer {
            status,
            body: &self.received[head.end..end],
        })
    }

    /// Sends a request whose answer does not end, and reads its head; what follows is read piece by piece.
    pub async fn stream(mut self, request: &[u8]) -> Result<Chunks> {
        self.stream.write_all(request).await?;
        self.received.clear();
        let head = self.head().await?;
        let text = std::str::from_utf8(&self.received[head.clone()])
            .context("the head of an answer is not text")?;
        ensure!(
            status(text)? == 200,
            "the live stream was refused: {}",
            text.lines().next().unwrap_or_default()
        );
        let chunked = header(text, "transfer-encoding")
            .is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
        ensure!(chunked, "the live stream is not sent in chunks");
        self.received.drain(..head.end);
        Ok(Chunks {
            stream: self.stream,
            received: self.received,
            left: 0,
        })
    }

    /// Reads until the head is there; gives where it stands, its empty line included.
    async fn head(&mut self) -> Result<Range<usize>> {
        loop {
            if let Some(at) = self
                .received
                .windows(4)
                .position(|window| window == b"\r\n\r\n")
            {
                return Ok(0..at + 4);
            }
            ensure!(
                self.received.len() < MAX_HEAD,
                "the head of an answer is longer than {MAX_HEAD} bytes"
            );
            self.read().await?;
        }
    }

    async fn read(&mut self) -> Result<()> {
        if self.stream.read_buf(&mut self.received).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

fn status(head: &str) -> Result<u16> {
    let status = head
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3));
    status
        .and_then(|digits| digits.parse().ok())
        .context("an answer is not HTTP/1.1")
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

/// The body of an answer that comes in chunks (RFC 9112, 7.1).
pub(super) struct Chunks {
    stream: TcpStream,
    received: Vec<u8>,
    /// Bytes of the present chunk that have not come yet, with the two that end it.
    left: usize,
}

impl Chunks {
    /// Waits for bytes and appends what they carry to `body`; false at the end of the stream.
    pub async fn read(&mut self, body: &mut Vec<u8>) -> Result<bool> {
        loop {
            let before = body.len();
            let ended = self.decode(body)?;
            if ended || body.len() > before {
                return Ok(!ended);
            }
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Ok(false);
            }
        }
    }

    /// Moves what is complete from what was received into the body; true at the last chunk.
    fn decode(&mut self, body: &mut Vec<u8>) -> Result<bool> {
        let mut at = 0;
        let ended = loop {
            if self.left > 0 {
                let there = self.left.min(self.received.len() - at);
                // The last two bytes of `left` are the line end behind the data.
                let data = there.min(self.left.saturating_sub(2));
                body.extend_from_slice(&self.received[at..at + data]);
                at += there;
                self.left -= there;
                if self.left > 0 {
                    break false;
                }
            }
            let rest = &self.received[at..];
            let Some(line) = rest.windows(2).position(|window| window == b"\r\n") else {
                break false;
            };
            let digits = std::str::from_utf8(&rest[..line])
                .ok()
                .and_then(|text| text.split(';').next());
            let size = digits.and_then(|digits| usize::from_str_radix(digits.trim(), 16).ok());
            let size = size.context("a chunk of the live stream has no size")?;
            at += line + 2;
            if size == 0 {
                break true;
            }
            self.left = size + 2;
        };
        self.received.drain(..at);
        Ok(ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn chunks(pieces: Vec<Vec<u8>>) -> Result<Vec<u8>> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let server = tokio::spawn(async move {
            let (mut peer, _) = listener.accept().await?;
            peer.set_nodelay(true)?;
            let mut asked = [0; 7];
            peer.read_exact(&mut asked).await?;
            peer.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                .await?;
            for piece in pieces {
                peer.write_all(&piece).await?;
            }
            anyhow::Ok(())
        });
        let mut stream = Connection::open(address).await?.stream(b"GET /x\n").await?;
        let mut body = Vec::new();
        while stream.read(&mut body).await? {}
        server.await??;
        Ok(body)
    }

    #[tokio::test]
    async fn chunks_are_put_together_wherever_they_are_cut() {
        let sent = b"5\r\nhello\r\n1;x=y\r\n \r\nA\r\nworld\r\n123\r\n0\r\n\r\n";
        for cut in 1..sent.len() {
            let pieces = vec![sent[..cut].to_vec(), sent[cut..].to_vec()];
            assert_eq!(
                chunks(pieces).await.unwrap(),
                b"hello world\r\n123",
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn heads_are_read() {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n";
        assert_eq!(status(head).unwrap(), 200);
        assert_eq!(header(head, "content-length"), Some("12"));
        assert!(status("HTTP/1.0 200 OK").is_err());
    }
}
