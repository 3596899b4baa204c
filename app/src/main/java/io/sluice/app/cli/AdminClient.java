package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.s3.auth.CachedSigningKeys;
import io.sluice.s3.auth.Credentials;
import io.sluice.s3.auth.Digests;
import io.sluice.s3.auth.OutgoingRequest;
import io.sluice.s3.auth.RequestSigner;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Asks a server's admin API. Blocks: for the command line only. */
final class AdminClient {
  private static final String BASE = "/_sluice/admin/v1";
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** What the server calls an argument that nothing but another one would help. */
  private static final String WRONG_ARGUMENT = "InvalidArgument";

  /** What the JDK says of a connection that ended before the first byte of an answer. */
  private static final String NO_ANSWER = "header parser received no bytes";

  private static final int HTTP_PORT = 80;
  private static final int LOOK_MS = 2_000;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final URI endpoint;
  private final RequestSigner signer;
  private final HttpClient http;

  /**
   * A client of one server.
   *
   * @param trusted PEM certificates to trust instead of the JDK's, or null
   * @throws AdminException when they can't be read
   */
  AdminClient(URI endpoint, String region, Credentials credentials, @Nullable Path trusted) {
    HttpClient.Builder client = HttpClient.newBuilder().connectTimeout(TIMEOUT);
    if (trusted != null) {
      client.sslContext(trusting(trusted));
    }
    this.http = client.build();
    this.endpoint = endpoint;
    this.signer = new RequestSigner(credentials, region, new CachedSigningKeys(1));
  }

  /**
   * Sends a request and reads its JSON answer.
   *
   * @param path below the admin API, such as {@code /accounts}
   * @throws AdminException when the server refuses or can't be reached; the message is for a person
   * @throws WrongArgumentException when it does not understand an argument
   */
  JsonNode call(String method, String path, @Nullable Object body) {
    return call(method, path, body, TIMEOUT);
  }

  /** As {@link #call(String, String, Object)}, of what may take longer than others. */
  JsonNode call(String method, String path, @Nullable Object body, Duration timeout) {
    try {
      byte[] content = body == null ? new byte[0] : JSON.writeValueAsBytes(body);
      HttpResponse<byte[]> response =
          http.send(
              request(method, path, content, body != null, timeout),
              HttpResponse.BodyHandlers.ofByteArray());
      JsonNode answer = parse(response.body());
      if (response.statusCode() / 100 != 2) {
        throw refusal(response.statusCode(), answer);
      }
      return answer;
    } catch (IOException e) {
      throw new AdminException(isBreak(e) ? broken(method) : unreachable(e, timeout), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AdminException("interrupted", e);
    }
  }

  private static SSLContext trusting(Path certificates) {
    try (InputStream pem = Files.newInputStream(certificates)) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
        store.setCertificateEntry(Integer.toString(store.size()), certificate);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new AdminException("can't read the certificates in " + certificates + ": " + e, e);
    }
  }

  /** Whether a server answered there, and is gone. */
  private boolean isBreak(IOException failure) {
    if (failure instanceof ConnectException || failure instanceof HttpTimeoutException) {
      return false;
    }
    if (said(failure).contains(NO_ANSWER)) {
      return !isTls();
    }
    boolean ended = false;
    for (Throwable each = failure; each != null && !ended; each = each.getCause()) {
      String said = String.valueOf(each.getMessage());
      ended =
          each instanceof EOFException
              || each instanceof SocketException
              || each instanceof ClosedChannelException
              || said.contains("Broken pipe")
              || said.contains("Connection reset");
    }
    return ended;
  }

  private String broken(String method) {
    return "lost the connection to %s: the server went away before it had answered%s"
        .formatted(
            endpoint,
            method.equals("GET") ? "" : "; whether it did what it was asked for is not known");
  }

  /** The JDK's own messages say little, or nothing. */
  private String unreachable(IOException e, Duration timeout) {
    String why = said(e);
    if (e instanceof ConnectException) {
      why = "no server answers there; is it running, and is --endpoint right?";
    } else if (e instanceof HttpTimeoutException) {
      why = "no answer in " + timeout.toSeconds() + " s";
    } else if (e instanceof SSLHandshakeException) {
      why =
          "its certificate is not trusted; name it with --ca-bundle or AWS_CA_BUNDLE (" + why + ")";
    } else if (why.contains(NO_ANSWER) || why.contains("Invalid status line")) {
      why =
          "what listens there does not speak plain HTTP: --endpoint is the address that serves S3,"
              + " and starts with https:// where that has TLS";
    }
    return "can't reach " + endpoint + ": " + why;
  }

  private static String said(IOException e) {
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }

  /**
   * Whether TLS is spoken where plain HTTP was: such a server ends the connection without a word,
   * and so does one that dies.
   */
  private boolean isTls() {
    if (!"http".equals(endpoint.getScheme())) {
      return false;
    }
    int port = endpoint.getPort() < 0 ? HTTP_PORT : endpoint.getPort();
    try (Socket plain = new Socket()) {
      plain.connect(new InetSocketAddress(endpoint.getHost(), port), LOOK_MS);
      plain.setSoTimeout(LOOK_MS);
      SSLSocketFactory tls = (SSLSocketFactory) SSLSocketFactory.getDefault();
      try (SSLSocket socket = (SSLSocket) tls.createSocket(plain, endpoint.getHost(), port, true)) {
        socket.startHandshake();
      }
      return true;
    } catch (SSLHandshakeException e) {
      return !(e.getCause() instanceof EOFException); // it shook hands, and is not trusted
    } catch (IOException e) {
      return false;
    }
  }

  private HttpRequest request(
      String method, String path, byte[] content, boolean hasBody, Duration timeout) {
    OutgoingRequest signed = new OutgoingRequest(method, BASE + path, "");
    signed.add("Host", endpoint.getRawAuthority());
    signer.sign(signed, Digests.sha256Hex(content), Clock.systemUTC().instant());
    HttpRequest.Builder request =
        HttpRequest.newBuilder(endpoint.resolve(BASE + path))
            .timeout(timeout)
            .method(
                method,
                hasBody
                    ? HttpRequest.BodyPublishers.ofByteArray(content)
                    : HttpRequest.BodyPublishers.noBody());
    for (Map.Entry<String, String> header : signed.headers()) {
      if (!header.getKey().equalsIgnoreCase("Host")) { // the client sets it, to the same value
        request.header(header.getKey(), header.getValue());
      }
    }
    return request.build();
  }

  private static JsonNode parse(byte[] body) {
    try {
      return JSON.readTree(body);
    } catch (IOException e) {
      return JSON.getNodeFactory().textNode(new String(body, StandardCharsets.UTF_8));
    }
  }

  private static AdminException refusal(int status, JsonNode answer) {
    String message = answer.path("message").asText("");
    String said = message.isEmpty() ? "the server answered " + status + ": " + answer : message;
    return answer.path("code").asText().equals(WRONG_ARGUMENT)
        ? new WrongArgumentException(said)
        : new AdminException(said);
  }

  /** What the server said, or why it could not be asked. */
  static class AdminException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    AdminException(String message) {
      super(message);
    }

    AdminException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** The server does not understand an argument, whatever state it is in: wrong usage. */
  static final class WrongArgumentException extends AdminException {
    private static final long serialVersionUID = 1L;

    WrongArgumentException(String message) {
      super(message);
    }
  }
}
