package io.sluice.recovery.backup.target.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.FileName;
import io.sluice.recovery.backup.target.FileStatus;
import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.backup.target.StoredFile;
import io.sluice.recovery.backup.target.TargetAccess;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * A part of a bucket as a target, at any endpoint that speaks S3.
 *
 * <p>A file is one object. It becomes visible with the one request that makes it, on condition that
 * nothing is there; see {@link ObjectWriter}. What is left of a writer that ended too early are
 * multipart uploads. Objects whose names are not {@link FileName}s are not the target's, and are
 * left alone.
 */
public final class S3Target implements BackupTarget {
  /** Parts that are sent beside what writers send themselves. */
  private static final int PARTS_UNDER_WAY_MAX = 4;

  private final S3Location location;
  private final ObjectReader reader;
  private final ObjectWriter writer;
  private final S3Client client;
  private final Listing listing;
  private final ThreadPoolExecutor partThreads = TargetThreads.ofParts(PARTS_UNDER_WAY_MAX);
  private final CountDownLatch closing = new CountDownLatch(1);

  private S3Target(
      S3Location location,
      CredentialsSource source,
      S3Limits limits,
      InstantSource clock,
      LongSupplier nanoTime)
      throws IOException {
    this.location = location;
    this.client =
        new S3Client(
            new S3Exchange(location, source, limits, clock),
            new S3Failures(location, source, clock),
            source,
            limits,
            this::pause,
            nanoTime);
    this.reader = new ObjectReader(client);
    this.writer = new ObjectWriter(location, client, reader, clock);
    this.listing = new Listing(client);
  }

  /**
   * Opens the target of a URL, {@code s3://BUCKET/PREFIX?endpoint=https://HOST:PORT&region=REGION},
   * and looks whether it is there. Parameters, all optional:
   *
   * <ul>
   *   <li>{@code endpoint}: without it AWS's of the region
   *   <li>{@code region}: without it {@code AWS_REGION}, {@code AWS_DEFAULT_REGION} or us-east-1
   *   <li>{@code storage-class}: of what is written
   *   <li>{@code lock-mode} ({@code COMPLIANCE} or {@code GOVERNANCE}) and {@code lock-days}: for
   *       how long nothing of it can be removed
   *   <li>{@code part-size}: MiB, 5 to 512, without it 8; a file has at most 10,000 parts
   *   <li>{@code ca-bundle}: PEM certificates to trust, without it {@code AWS_CA_BUNDLE}
   * </ul>
   *
   * @throws IllegalArgumentException when it is not such a URL; the message is for people
   * @throws IOException when the bucket or the credentials aren't there or don't do
   */
  public static S3Target open(String url, TargetAccess access) throws IOException {
    return open(url, access, S3Limits.DEFAULT);
  }

  static S3Target open(String url, TargetAccess access, S3Limits limits) throws IOException {
    S3Location location = S3Location.parse(url, access.environment());
    Path file = access.credentialsFile();
    CredentialsSource source =
        file == null
            ? CredentialsSource.ofEnvironment(access.environment())
            : CredentialsSource.ofFile(file);
    S3Target target = new S3Target(location, source, limits, access.clock(), System::nanoTime);
    try {
      target.listing.probe(location.prefix());
      return target;
    } catch (IOException e) {
      target.close();
      throw e;
    }
  }

  /** A target blocks its callers, by contract; closing it lets them go. */
  private boolean pause(Duration time) throws InterruptedException {
    return !closing.await(time.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public NewFile create(String name) {
    return new S3NewFile(writer, partThreads, keyOf(name), location.partBytes());
  }

  @Override
  public void claim(String name, byte[] bytes) throws IOException {
    writer.claim(keyOf(name), Payload.of(bytes));
  }

  @Override
  public StoredFile open(String name) throws IOException {
    String key = keyOf(name);
    ObjectStatus status = reader.find(key);
    if (status == null) {
      throw new NoSuchFileException(name, null, "is not in " + this);
    }
    return new S3StoredFile(reader, key, status);
  }

  @Override
  public void list(String prefix, Consumer<FileStatus> each) throws IOException {
    String below = location.key(prefix);
    String last = "";
    String next = null;
    do {
      Listing.Page page = listing.objects(below, "", next);
      for (Listing.Entry entry : page.entries()) {
        if (!entry.key().startsWith(below) || !isAfter(last, entry.key())) {
          throw new IOException(this + ": the endpoint doesn't list in the order of names");
        }
        last = entry.key();
        String name = entry.key().substring(location.prefix().length());
        if (FileName.isValid(name)) {
          each.accept(new FileStatus(name, entry.size()));
        }
      }
      next = page.next();
    } while (next != null);
  }

  /** In S3's order, which is not that of Java for characters beyond the first 65,536. */
  private static boolean isAfter(String last, String key) {
    return Arrays.compareUnsigned(last.getBytes(UTF_8), key.getBytes(UTF_8)) < 0;
  }

  @Override
  public List<String> folders(String folder) throws IOException {
    if (!folder.isEmpty()) {
      FileName.require(folder.endsWith("/") ? folder.substring(0, folder.length() - 1) : "");
    }
    String below = location.key(folder);
    List<String> names = new ArrayList<>();
    String next = null;
    do {
      Listing.Page page = listing.objects(below, "/", next);
      for (String prefix : page.prefixes()) {
        String name =
            prefix.startsWith(below) && prefix.endsWith("/") && prefix.length() > below.length()
                ? prefix.substring(below.length(), prefix.length() - 1)
                : "";
        if (FileName.isValid(name)) {
          names.add(name);
        }
      }
      next = page.next();
    } while (next != null);
    // The endpoint's order is that of the names with their slashes.
    return names.stream().distinct().sorted().toList();
  }

  /**
   * {@inheritDoc}
   *
   * <p>Where the bucket keeps versions it is the version that is removed: a mark over it would free
   * nothing, and would hide a locked file as if it were gone.
   */
  @Override
  public void delete(String name) throws IOException {
    String key = keyOf(name);
    ObjectStatus there = reader.find(key);
    if (there == null) {
      return;
    }
    S3Call call = new S3Call("DeleteObject", "DELETE", key);
    String version = there.version();
    if (version != null) {
      call.query("versionId", version);
    }
    try {
      client.send(call);
    } catch (S3Failure e) {
      if (!e.isMissing()) {
        throw e;
      }
    }
  }

  @Override
  public void clearAbandoned(Instant before) throws IOException {
    Listing.UploadPage page = null;
    do {
      Listing.UploadPage next = listing.uploads(location.prefix(), page);
      if (page != null
          && String.valueOf(page.nextKey()).equals(next.nextKey())
          && page.nextId().equals(next.nextId())) {
        throw new IOException(this + ": the endpoint lists the same uploads again and again");
      }
      page = next;
      for (Listing.Upload upload : page.uploads()) {
        if (upload.initiated().isBefore(before) && isOwn(upload.key())) {
          writer.abort(upload.key(), upload.id());
        }
      }
    } while (page.nextKey() != null);
  }

  private boolean isOwn(String key) {
    return key.startsWith(location.prefix())
        && FileName.isValid(key.substring(location.prefix().length()));
  }

  private String keyOf(String name) {
    return location.key(FileName.require(name));
  }

  @Override
  public String toString() {
    return location.toString();
  }

  /** Ends what waits for another attempt, too. */
  @Override
  public void close() {
    closing.countDown();
    partThreads.shutdownNow();
  }
}
