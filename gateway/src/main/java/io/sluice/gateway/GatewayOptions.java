package io.sluice.gateway;

import io.sluice.gateway.call.PacedBody;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How the gateway listens and what it takes. */
public final class GatewayOptions {
  /**
   * Where the certificate is.
   *
   * @param certificate path of a PEM file: the certificate and the chain behind it
   * @param key path of a PEM file: its private key
   */
  public record TlsFiles(String certificate, String key) {}

  private String host = "127.0.0.1";
  private int port = 9000;
  private int eventLoops = 2;
  private String region = "us-east-1";
  private @Nullable String domain;
  private boolean servesS3 = true;
  private String notHere = "This node does not serve S3 (--roles): ask one that does.";
  private @Nullable TlsFiles tls;
  private String nodeName = "sluice";
  private int requestsMax = requestsOfHeap(Runtime.getRuntime().maxMemory());
  private int connectionsMax = Math.max(8192, requestsMax + requestsMax / 4);
  private long bodyBytesMax = Runtime.getRuntime().maxMemory() / 4;
  private Duration idleTimeout = Duration.ofSeconds(60);
  private Duration headTimeout = Duration.ofSeconds(30);
  private PacedBody.Limit bodyPace = PacedBody.Limit.DEFAULT;
  private Duration metadataDeadline = Duration.ofSeconds(10);
  private Duration tlsCheckInterval = Duration.ofSeconds(5);

  public String host() {
    return host;
  }

  public GatewayOptions host(String value) {
    this.host = value;
    return this;
  }

  public int port() {
    return port;
  }

  /** 0 takes any free one. */
  public GatewayOptions port(int value) {
    this.port = value;
    return this;
  }

  public int eventLoops() {
    return eventLoops;
  }

  /** How many event loops serve connections. */
  public GatewayOptions eventLoops(int value) {
    this.eventLoops = value;
    return this;
  }

  public String region() {
    return region;
  }

  public GatewayOptions region(String value) {
    this.region = value;
    return this;
  }

  public boolean servesS3() {
    return servesS3;
  }

  /** False: health checks, metrics and administration only; S3 is told to look elsewhere. */
  public GatewayOptions servesS3(boolean value) {
    this.servesS3 = value;
    return this;
  }

  public String notHere() {
    return notHere;
  }

  /** What S3 is told where it is not served; one sentence. */
  public GatewayOptions notHere(String value) {
    this.notHere = value;
    return this;
  }

  public @Nullable String domain() {
    return domain;
  }

  /** Requests to {@code BUCKET.domain} are in virtual-host style; null: path style only. */
  public GatewayOptions domain(@Nullable String value) {
    this.domain = value;
    return this;
  }

  public @Nullable TlsFiles tls() {
    return tls;
  }

  /** Null: plain HTTP. */
  public GatewayOptions tls(@Nullable TlsFiles value) {
    this.tls = value;
    return this;
  }

  public Duration tlsCheckInterval() {
    return tlsCheckInterval;
  }

  /** How often the certificate's files are looked at. */
  public GatewayOptions tlsCheckInterval(Duration value) {
    this.tlsCheckInterval = value;
    return this;
  }

  public String nodeName() {
    return nodeName;
  }

  public GatewayOptions nodeName(String value) {
    this.nodeName = value;
    return this;
  }

  public int requestsMax() {
    return requestsMax;
  }

  /** One for each 256 KiB of heap, 512 to 10,000. */
  private static int requestsOfHeap(long heapBytesMax) {
    return (int) Math.max(512, Math.min(10_000, heapBytesMax / (256 << 10)));
  }

  public long bodyBytesMax() {
    return bodyBytesMax;
  }

  /**
   * Bytes of request bodies in flight, each body counted up to 128 KiB; over it requests with a
   * body get SlowDown. A quarter of the heap unless set.
   */
  public GatewayOptions bodyBytesMax(long value) {
    this.bodyBytesMax = value;
    return this;
  }

  /** S3 requests in flight; over it they get SlowDown. */
  public GatewayOptions requestsMax(int value) {
    this.requestsMax = value;
    return this;
  }

  public int connectionsMax() {
    return connectionsMax;
  }

  /**
   * Open connections. A few more are taken for health checks and administration, on which S3
   * requests get SlowDown; further ones are closed at once.
   */
  public GatewayOptions connectionsMax(int value) {
    this.connectionsMax = value;
    return this;
  }

  public Duration idleTimeout() {
    return idleTimeout;
  }

  /** How long a connection may be without a byte in either direction. */
  public GatewayOptions idleTimeout(Duration value) {
    this.idleTimeout = value;
    return this;
  }

  public Duration headTimeout() {
    return headTimeout;
  }

  /** How long a client may take over the head of a request, from its first byte to its last. */
  public GatewayOptions headTimeout(Duration value) {
    this.headTimeout = value;
    return this;
  }

  public PacedBody.Limit bodyPace() {
    return bodyPace;
  }

  /** How fast the body of a request must come, or it is refused with RequestTimeout. */
  public GatewayOptions bodyPace(PacedBody.Limit value) {
    this.bodyPace = value;
    return this;
  }

  public Duration metadataDeadline() {
    return metadataDeadline;
  }

  /** Of one command or query. */
  public GatewayOptions metadataDeadline(Duration value) {
    this.metadataDeadline = value;
    return this;
  }
}
