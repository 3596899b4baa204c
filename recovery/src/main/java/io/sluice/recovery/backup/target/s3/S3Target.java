package io.sluice.recovery.backup.target.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.FileName;
import io.sluice.recovery.backup.target.FileStatus;
import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.backup.target.StoredFile;
import io.sluice.recovery.backup.target.TargetAccess;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

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

  private static final String S3_PLACE = "s3:";
  private static final int FORBIDDEN = 403;

  private final S3Connection connection;
  private final S3Location location;

  private S3Target(S3Connection connection) {
    this.connection = connection;
    this.location = connection.location();
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
    Duration patience = access.patience();
    return open(url, access, patience == null ? S3Limits.DEFAULT : S3Limits.DEFAULT.once(patience));
  }

  /**
   * The place of a URL, without what may differ between two spellings of it.
   *
   * @throws IllegalArgumentException when it is not such a URL; the message is for people
   */
  public static String place(String url) {
    S3Location location = S3Location.parse(url, Map.of());
    String host = String.valueOf(location.endpoint().getHost()).toLowerCase(Locale.ROOT);
    // At AWS a bucket's name is its own everywhere, and so are there several ways to one.
    String at =
        host.endsWith(".amazonaws.com") ? "aws" : host + ":" + location.endpoint().getPort();
    return S3_PLACE + at + "/" + location.bucket() + "/" + location.prefix();
  }

  static S3Target open(String url, TargetAccess access, S3Limits limits) throws IOException {
    return new S3Target(S3Connection.open(url, access, limits, PARTS_UNDER_WAY_MAX));
  }

  @Override
  public NewFile create(String name) {
    return create(ObjectToWrite.file(keyOf(name)));
  }

  @Override
  public NewFile createRemovable(String name) {
    return create(ObjectToWrite.removable(keyOf(name)));
  }

  private NewFile create(ObjectToWrite file) {
    return new S3NewFile(connection.writer(), connection.partThreads(), file, location.partBytes());
  }

  @Override
  public void claim(String name, byte[] bytes) throws IOException {
    connection.writer().claim(keyOf(name), Payload.of(bytes));
  }

  @Override
  public StoredFile open(String name) throws IOException {
    String key = keyOf(name);
    ObjectStatus status = connection.reader().find(key);
    if (status == null) {
      throw new NoSuchFileException(name, null, "is not in " + this);
    }
    return new S3StoredFile(connection.reader(), key, status);
  }

  @Override
  public void list(String prefix, String after, Consumer<FileStatus> each) throws IOException {
    String below = location.key(prefix);
    String last = after.isEmpty() ? "" : location.key(after);
    String next = null;
    do {
      Listing.Page page =
          after.isEmpty()
              ? connection.listing().objects(below, "", next)
              : connection.listing().objectsAfter(below, location.key(after), next);
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
      Listing.Page page = connection.listing().objects(below, "/", next);
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
    ObjectStatus there = connection.reader().find(key);
    if (there == null) {
      return;
    }
    S3Call call = new S3Call("DeleteObject", "DELETE", key);
    String version = there.version();
    if (version != null) {
      call.query("versionId", version);
    }
    try {
      connection.client().send(call);
    } catch (S3Failure e) {
      if (e.status() == FORBIDDEN) {
        AccessDeniedException denied = new AccessDeniedException(name, null, e.getMessage());
        denied.initCause(e);
        throw denied;
      }
      if (!e.isMissing()) {
        throw e;
      }
    }
  }

  @Override
  public void clearAbandoned(Instant before) throws IOException {
    Listing.UploadPage page = null;
    do {
      Listing.UploadPage next = connection.listing().uploads(location.prefix(), page);
      if (page != null
          && String.valueOf(page.nextKey()).equals(next.nextKey())
          && page.nextId().equals(next.nextId())) {
        throw new IOException(this + ": the endpoint lists the same uploads again and again");
      }
      page = next;
      for (Listing.Upload upload : page.uploads()) {
        if (upload.initiated().isBefore(before) && isOwn(upload.key())) {
          connection.writer().abort(upload.key(), upload.id());
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
    connection.close();
  }
}
