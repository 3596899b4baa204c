package io.sluice.load.standin;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.sluice.load.content.Digests;
import io.sluice.load.process.ServerOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The little of S3 that these runs use, over one file an object, in a process that can be killed:
 * what the runs are tested against. It can misbehave on purpose, to show that a run notices.
 */
public final class StandInServer {

  /** How it treats what it acknowledges. */
  public enum Mode {
    /** A write is in its file before it is acknowledged: it outlives the process. */
    HONEST,
    /**
     * As {@link #HONEST}, and the file and its directory are fsynced too: it outlives a power cut.
     */
    DURABLE,
    /** Every second write reaches its file long after it was acknowledged. */
    LATE,
    /** As {@link #LATE}, and half of it is there at once, with the ETag of the whole. */
    TORN,
    /** As {@link #HONEST}, and one read in fifty shows the object before the last write. */
    STALE
  }

  private final Path directory;
  private final Mode mode;
  private final AtomicLong writes = new AtomicLong();
  private final Map<String, Map<Integer, byte[]>> uploads = new ConcurrentHashMap<>();
  private final Map<String, byte[]> memory = new ConcurrentSkipListMap<>();
  private final Map<String, byte[]> before = new ConcurrentHashMap<>();
  private final AtomicLong reads = new AtomicLong();
  private final ScheduledExecutorService later = Executors.newScheduledThreadPool(1);
  private final Object lock = new Object();

  private StandInServer(Path directory, Mode mode) {
    this.directory = directory;
    this.mode = mode;
  }

  /** MODE DIRECTORY HOST:PORT. */
  public static void main(String[] arguments) throws IOException {
    String[] address = arguments[2].split(":", 2);
    HttpServer server =
        start(
            Path.of(arguments[1]),
            Mode.valueOf(arguments[0]),
            new InetSocketAddress(address[0], Integer.parseInt(address[1])));
    System.out.println("Sluice is ready: http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** The command that runs it in a process of its own, for {@code --server-command}. */
  public static String command(Mode mode) {
    return String.join(
        " ",
        ServerOptions.javaBinary(),
        "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
        "-cp " + System.getProperty("java.class.path"),
        StandInServer.class.getName(),
        mode.name(),
        "{data} {address}");
  }

  /** Serves until it is stopped. */
  public static HttpServer start(Path directory, Mode mode, InetSocketAddress address)
      throws IOException {
    Files.createDirectories(directory);
    StandInServer standIn = new StandInServer(directory, mode);
    standIn.load();
    HttpServer server = HttpServer.create(address, 128);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/", standIn::handle);
    server.start();
    return server;
  }

  /** Objects are kept in memory as "ETag, newline, bytes", as in their files. */
  private void load() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        if (!file.getFileName().toString().startsWith(".")) {
          memory.put(
              URLDecoder.decode(file.getFileName().toString(), UTF_8), Files.readAllBytes(file));
        }
      }
    }
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String path = exchange.getRequestURI().getPath();
      Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
      int slash = path.indexOf('/', 1);
      if (path.startsWith("/_sluice/")) {
        answer(exchange, 200, "", "");
      } else if (slash < 0) {
        bucket(exchange, query);
      } else {
        object(exchange, path.substring(slash + 1), query, body);
      }
    }
  }

  private void bucket(HttpExchange exchange, Map<String, String> query) throws IOException {
    if (exchange.getRequestMethod().equals("PUT")) {
      answer(exchange, 200, "", "");
      return;
    }
    int max = Integer.parseInt(query.getOrDefault("max-keys", "1000"));
    String after = query.getOrDefault("continuation-token", query.getOrDefault("start-after", ""));
    List<Map.Entry<String, byte[]>> entries =
        memory.entrySet().stream()
            .filter(e -> e.getKey().compareTo(after) > 0)
            .limit(max + 1)
            .toList();
    StringBuilder xml = new StringBuilder("<ListBucketResult>");
    for (Map.Entry<String, byte[]> entry : entries.subList(0, Math.min(max, entries.size()))) {
      byte[] stored = entry.getValue();
      String etag = etagOf(stored);
      xml.append("<Contents><Key>").append(entry.getKey()).append("</Key><Size>");
      xml.append(stored.length - etag.length() - 1).append("</Size><ETag>");
      xml.append(etag).append("</ETag></Contents>");
    }
    if (entries.size() > max) {
      xml.append("<NextContinuationToken>").append(entries.get(max - 1).getKey());
      xml.append("</NextContinuationToken>");
    }
    answer(exchange, 200, "", xml.append("</ListBucketResult>").toString());
  }

  private void object(HttpExchange exchange, String key, Map<String, String> query, byte[] body)
      throws IOException {
    switch (exchange.getRequestMethod()) {
      case "POST" -> post(exchange, key, query);
      case "PUT" -> {
        String etag = Digests.etag(body);
        if (query.containsKey("uploadId")) {
          int part = Integer.parseInt(query.get("partNumber"));
          uploads.get(query.get("uploadId")).put(part, body);
          answer(exchange, 200, etag, "");
          return;
        }
        if (exchange.getRequestHeaders().containsKey("x-amz-copy-source")) {
          String source = exchange.getRequestHeaders().getFirst("x-amz-copy-source");
          byte[] copied = memory.get(source.substring(source.indexOf('/') + 1));
          store(key, copied, false, null);
          answer(exchange, 200, "", "<R><ETag>" + etagOf(copied) + "</ETag></R>");
          return;
        }
        boolean createOnly = exchange.getRequestHeaders().containsKey("If-None-Match");
        String ifMatch = exchange.getRequestHeaders().getFirst("If-Match");
        boolean stored = store(key, stored(etag, body), createOnly, ifMatch);
        answer(exchange, stored ? 200 : 412, stored ? etag : "", "");
      }
      case "DELETE" -> {
        synchronized (lock) {
          memory.remove(key);
          Files.deleteIfExists(file(key));
          sync(directory);
        }
        answer(exchange, 204, "", "");
      }
      default -> read(exchange, key);
    }
  }

  private void post(HttpExchange exchange, String key, Map<String, String> query)
      throws IOException {
    if (query.containsKey("uploads")) {
      String id = UUID.randomUUID().toString();
      uploads.put(id, new ConcurrentSkipListMap<>());
      answer(exchange, 200, "", "<R><UploadId>" + id + "</UploadId></R>");
      return;
    }
    Map<Integer, byte[]> parts = uploads.remove(query.get("uploadId"));
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    ByteArrayOutputStream digests = new ByteArrayOutputStream();
    for (byte[] part : parts.values()) {
      whole.writeBytes(part);
      digests.writeBytes(Digests.md5().digest(part));
    }
    byte[] digest = Digests.md5().digest(digests.toByteArray());
    String etag = '"' + HexFormat.of().formatHex(digest) + '-' + parts.size() + '"';
    store(key, stored(etag, whole.toByteArray()), false, null);
    answer(exchange, 200, "", "<R><ETag>" + etag + "</ETag></R>");
  }

  private boolean store(String key, byte[] stored, boolean createOnly, @Nullable String ifMatch)
      throws IOException {
    synchronized (lock) {
      byte[] present = memory.get(key);
      boolean matches = ifMatch == null || (present != null && etagOf(present).equals(ifMatch));
      if ((createOnly && present != null) || !matches) {
        return false;
      }
      if (present != null) {
        before.put(key, present);
      }
      memory.put(key, stored);
      boolean misbehaves =
          (mode == Mode.LATE || mode == Mode.TORN) && writes.incrementAndGet() % 2 == 0;
      if (!misbehaves) {
        persist(key, stored);
        return true;
      }
      if (mode == Mode.TORN) {
        Files.write(file(key), Arrays.copyOf(stored, 35 + (stored.length - 35) / 2));
      }
      Future<?> unused = later.schedule(() -> persist(key, stored), 1, TimeUnit.MINUTES);
      return true;
    }
  }

  private Void persist(String key, byte[] stored) throws IOException {
    Path unfinished = directory.resolve("." + UUID.randomUUID());
    Files.write(unfinished, stored);
    sync(unfinished);
    Files.move(unfinished, file(key), StandardCopyOption.ATOMIC_MOVE);
    sync(directory);
    return null;
  }

  private void sync(Path path) throws IOException {
    if (mode == Mode.DURABLE) {
      try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  private void read(HttpExchange exchange, String key) throws IOException {
    byte[] stored = memory.get(key);
    if (mode == Mode.STALE && reads.incrementAndGet() % 10 == 0) {
      stored = before.getOrDefault(key, stored);
    }
    if (stored == null) {
      answer(exchange, 404, "", "<Error><Code>NoSuchKey</Code></Error>");
      return;
    }
    String etag = etagOf(stored);
    byte[] body = Arrays.copyOfRange(stored, etag.length() + 1, stored.length);
    exchange.getResponseHeaders().set("ETag", etag);
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
      exchange.sendResponseHeaders(200, -1);
    } else {
      exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private static void answer(HttpExchange exchange, int status, String etag, String text)
      throws IOException {
    if (!etag.isEmpty()) {
      exchange.getResponseHeaders().set("ETag", etag);
    }
    byte[] body = text.getBytes(UTF_8);
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
  }

  private Path file(String key) {
    return directory.resolve(URLEncoder.encode(key, UTF_8));
  }

  private static byte[] stored(String etag, byte[] body) {
    byte[] head = (etag + '\n').getBytes(UTF_8);
    byte[] stored = Arrays.copyOf(head, head.length + body.length);
    System.arraycopy(body, 0, stored, head.length, body.length);
    return stored;
  }

  private static String etagOf(byte[] stored) {
    int end = 0;
    while (stored[end] != '\n') {
      end++;
    }
    return new String(stored, 0, end, UTF_8);
  }

  private static Map<String, String> query(String raw) {
    Map<String, String> parameters = new TreeMap<>();
    if (raw != null) {
      for (String pair : raw.split("&", -1)) {
        String[] parts = pair.split("=", 2);
        parameters.put(
            URLDecoder.decode(parts[0], UTF_8),
            parts.length > 1 ? URLDecoder.decode(parts[1], UTF_8) : "");
      }
    }
    return parameters;
  }
}
