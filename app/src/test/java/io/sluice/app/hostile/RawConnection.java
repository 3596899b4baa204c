package io.sluice.app.hostile;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One TCP connection of which the test decides every byte. For one thread. */
final class RawConnection implements AutoCloseable {
  private static final int READ_TIMEOUT_MS = 10_000;

  private final URI endpoint;
  private final Socket socket;
  private final InputStream in;

  private RawConnection(URI endpoint, Socket socket) throws IOException {
    this.endpoint = endpoint;
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream());
  }

  static RawConnection open(URI endpoint) {
    try {
      Socket socket = new Socket();
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(READ_TIMEOUT_MS);
      socket.connect(new InetSocketAddress(endpoint.getHost(), endpoint.getPort()));
      return new RawConnection(endpoint, socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  RawConnection send(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  RawConnection send(String latin1) {
    return send(latin1.getBytes(ISO_8859_1));
  }

  RawConnection send(S3Request request) {
    return send(request.bytes(endpoint));
  }

  /** Sends a request of which the server may refuse to read the end. */
  RawConnection trySend(S3Request request) {
    try {
      socket.getOutputStream().write(request.bytes(endpoint));
    } catch (IOException refused) {
      // The answer is what counts: it is in the receive buffer, or reading it fails.
    }
    return this;
  }

  /** Sends a request and reads its final response. */
  RawResponse exchange(S3Request request) {
    send(request);
    return read(request.isHead());
  }

  /** The next response; to anything but HEAD. */
  RawResponse read() {
    return read(false);
  }

  /** The next final response; interim ones are skipped. */
  RawResponse read(boolean toHead) {
    RawResponse response = readAny(toHead);
    while (response.status() < 200) {
      response = readAny(toHead);
    }
    return response;
  }

  /** The next response, be it an interim one. */
  RawResponse readAny(boolean toHead) {
    try {
      String statusLine = line();
      if (!statusLine.startsWith("HTTP/")) {
        throw new IOException("not a status line: " + statusLine);
      }
      int status = Integer.parseInt(statusLine.substring(9, 12));
      List<Map.Entry<String, String>> headers = new ArrayList<>();
      for (String line = line(); !line.isEmpty(); line = line()) {
        int colon = line.indexOf(':');
        headers.add(Map.entry(line.substring(0, colon), line.substring(colon + 1).strip()));
      }
      RawResponse head = new RawResponse(status, headers, new byte[0]);
      boolean bodiless = toHead || status < 200 || status == 204 || status == 304;
      return bodiless ? head : new RawResponse(status, headers, body(head));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] body(RawResponse head) throws IOException {
    String length = head.header("Content-Length");
    if (length != null) {
      return exactly(Integer.parseInt(length));
    }
    if (!"chunked".equalsIgnoreCase(head.header("Transfer-Encoding"))) {
      return in.readAllBytes();
    }
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    int size = Integer.parseInt(line(), 16);
    while (size > 0) {
      body.writeBytes(exactly(size));
      line();
      size = Integer.parseInt(line(), 16);
    }
    line();
    return body.toByteArray();
  }

  private byte[] exactly(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException(bytes.length + " of " + length + " bytes came");
    }
    return bytes;
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int b = in.read();
    while (b != '\n') {
      if (b < 0) {
        throw new EOFException("the server closed the connection after: " + line);
      }
      line.write(b);
      b = in.read();
    }
    return line.toString(ISO_8859_1).stripTrailing();
  }

  /** Reads this many bytes of whatever comes. */
  void readSome(int length) {
    try {
      exactly(length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The next response, or null if the server closes without one. */
  @Nullable RawResponse readUnlessClosed() {
    try {
      in.mark(1);
      if (in.read() < 0) {
        return null;
      }
      in.reset();
    } catch (SocketException reset) {
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return read();
  }

  /** Waits until the server closes; false if it sends something, or does neither for long. */
  boolean isClosedByServer() {
    try {
      return in.read() < 0;
    } catch (SocketTimeoutException open) {
      return false;
    } catch (SocketException reset) {
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Says that nothing more will be sent, and goes on reading. */
  RawConnection finishSending() {
    try {
      socket.shutdownOutput();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the connection with RST. */
  void reset() {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
