package io.sluice.gateway.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Locale;

/** A connection that sends whatever it is told, and reads answers one by one. */
public final class RawConnection implements AutoCloseable {
  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  public RawConnection(int port) {
    try {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout(10_000);
      in = socket.getInputStream();
      out = socket.getOutputStream();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  public RawConnection send(String text) {
    return send(text.getBytes(ISO_8859_1));
  }

  public RawConnection send(byte[] bytes) {
    try {
      out.write(bytes);
      out.flush();
      return this;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Sends the head of a request as it was signed. */
  public RawConnection sendHead(S3TestClient.Request request, String... more) {
    return send(request.wire(more));
  }

  /** The head and body of one answer. */
  public String answer() {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) read());
    }
    int length = contentLength(head.toString());
    for (int i = 0; i < length; i++) {
      head.append((char) read());
    }
    return head.toString();
  }

  private static int contentLength(String head) {
    for (String line : head.split("\r\n", -1)) {
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        return Integer.parseInt(line.substring(15).strip());
      }
    }
    return 0;
  }

  private int read() {
    try {
      int next = in.read();
      if (next < 0) {
        throw new AssertionError("the connection was closed");
      }
      return next;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Whether the server closes; what it still sends is thrown away. */
  public boolean isClosedByServer() {
    try {
      byte[] rest = new byte[4096];
      while (true) {
        if (in.read(rest) < 0) {
          return true;
        }
      }
    } catch (java.net.SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
