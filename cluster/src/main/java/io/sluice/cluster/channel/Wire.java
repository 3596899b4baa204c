package io.sluice.cluster.channel;

import io.sluice.storage.chunk.ChunkRecord;
import io.vertx.core.net.JdkSSLEngineOptions;
import io.vertx.core.net.OpenSSLEngineOptions;
import io.vertx.core.net.SSLEngineOptions;
import java.time.Duration;

/** Names and numbers that both ends of the channel agree on. */
final class Wire {
  /** The writer's layout version. */
  static final String LAYOUT = "x-sluice-layout";

  /** How long the asker waits, in milliseconds from when it sent the request. */
  static final String DEADLINE_MS = "x-sluice-deadline-ms";

  /** On an answer whose body is a Failure. */
  static final String FAILURE = "x-sluice-failure";

  static final String FIRST_FRAME = "x-sluice-first-frame";
  static final String FRAME_COUNT = "x-sluice-frame-count";

  /** Of every answer's body: what it holds is known by what was asked. */
  static final String CONTENT_TYPE = "application/octet-stream";

  static final String PATH_NODE = "/v1/node";
  static final String PATH_DISKS = "/v1/disks/";
  static final String PATH_SHARDS = "/v1/shards/";

  /** Bytes of a Failure. */
  static final int FAILURE_BYTES_MAX = 64 << 10;

  /** In one page of a list, and in one request to delete. */
  static final int CHUNK_IDS_MAX = 10_000;

  static final int FRAMES_BYTES_MAX = ChunkRecord.RECORD_MAX;

  /** Longer is nobody's wait for a command (INVARIANTS 5). */
  static final Duration DEADLINE_MAX = Duration.ofSeconds(60);

  /**
   * Of the sockets. A read takes a buffer of this size, and the rest of a TLS record that has not
   * come yet keeps it.
   */
  static final int SOCKET_BUFFER_BYTES = 256 << 10;

  static final int HTTP_CHUNK_BYTES = 256 << 10;

  static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private Wire() {}

  /** BoringSSL where its native library is there, else the JDK's own TLS. */
  static SSLEngineOptions tlsEngine() {
    return OpenSSLEngineOptions.isAvailable()
        ? new OpenSSLEngineOptions()
        : new JdkSSLEngineOptions();
  }
}
