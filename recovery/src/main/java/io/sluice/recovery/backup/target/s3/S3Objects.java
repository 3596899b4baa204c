package io.sluice.recovery.backup.target.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.backup.target.TargetAccess;
import io.sluice.s3.http.HttpDates;
import io.sluice.s3.http.UserMetadata;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Plain objects below a prefix of a bucket, at any endpoint that speaks S3: what other programs
 * read, under the keys and with the types and user metadata that they had in the store. Requests
 * are sent again within limits, as those of a backup target are.
 *
 * <p>Memory: a part for each object that is being written, and one for each part under way. Blocks;
 * any thread.
 */
public final class S3Objects implements Closeable {
  private static final int PARTS_MAX = 10_000;
  private static final int MIB = 1 << 20;
  private static final int PART_BYTES_MAX = 1 << 30;

  /** Of S3. */
  private static final int KEY_BYTES_MAX = 1024;

  private static final String ACCESS_DENIED = "AccessDenied";

  /** Said of a request, but meant of all of them. */
  private static final Set<String> OF_ENDPOINT =
      Set.of(
          "NoSuchBucket",
          "AuthorizationHeaderMalformed",
          "InvalidToken",
          "RequestTimeTooSkewed",
          "InvalidBucketName");

  private final S3Connection connection;
  private final S3Location location;

  private volatile boolean deletesByEtag = true;

  /** Whether objects may still be changed. */
  @FunctionalInterface
  public interface Guard {
    /**
     * Looks.
     *
     * @throws IOException when they may not
     */
    void require() throws IOException;
  }

  private S3Objects(S3Connection connection) {
    this.connection = connection;
    this.location = connection.location();
  }

  /**
   * An object that is there.
   *
   * @param key without the prefix
   * @param size bytes
   */
  public record Entry(String key, long size) {}

  /**
   * Opens the place of a URL, which is written as that of a target: see {@link S3Target#open}. The
   * bucket is there already.
   *
   * @param partsUnderWayMax parts that are sent beside what writers send themselves
   * @throws IllegalArgumentException when it is no such URL; the message is for people
   */
  public static S3Objects open(String url, TargetAccess access, int partsUnderWayMax)
      throws IOException {
    return open(url, access, S3Limits.DEFAULT, partsUnderWayMax);
  }

  static S3Objects open(String url, TargetAccess access, S3Limits limits, int partsUnderWayMax)
      throws IOException {
    return new S3Objects(S3Connection.open(url, access, limits, partsUnderWayMax));
  }

  /** Whether nothing is below the prefix. */
  public boolean isEmpty() throws IOException {
    return connection.listing().isEmpty(location.prefix());
  }

  /**
   * Begins to write an object. It is there with the commit, whole, and nothing is left without.
   *
   * @param key below the prefix
   * @param size bytes that will come, at most
   * @param replaces whether one that is there may be replaced; without, committing fails with
   *     {@link FileAlreadyExistsException} unless it has the same bytes
   */
  public NewFile create(String key, ObjectDescription description, long size, boolean replaces) {
    ObjectToWrite object = new ObjectToWrite(location.key(key), description, replaces, true, true);
    return new S3NewFile(
        connection.writer(), connection.partThreads(), object, partBytes(location, size));
  }

  /** As many as the URL says, and more where an object had too many parts otherwise. */
  static int partBytes(S3Location location, long size) {
    long least = (size / PARTS_MAX / MIB + 1) * MIB;
    return (int) Math.min(Math.max(location.partBytes(), least), PART_BYTES_MAX);
  }

  /**
   * What is there under a key.
   *
   * @param note the name of an item of user metadata to look for
   * @return null for nothing
   */
  public @Nullable RemoteObject find(String key, String note) throws IOException {
    S3Call call =
        new S3Call("HeadObject", "HEAD", location.key(key))
            .check(answer -> answer.header("content-length") == null ? "gave no size" : null);
    S3Answer answer;
    try {
      answer = connection.client().send(call);
    } catch (S3Failure e) {
      if (e.isMissing() || isForItsLength(e, location.key(key))) {
        return null;
      }
      throw e.status() == 403 && e.is("") ? deniedOrOfEndpoint(e) : e;
    }
    String modified = answer.header("last-modified");
    Instant at = modified == null ? null : HttpDates.parse(modified);
    String found = answer.header(UserMetadata.PREFIX + note);
    try {
      return new RemoteObject(
          Long.parseLong(String.valueOf(answer.header("content-length"))),
          at == null ? Instant.EPOCH : at,
          found == null ? "" : found,
          orEmpty(answer.header("etag")),
          md5(answer));
    } catch (NumberFormatException e) {
      throw new IOException(this + ": the endpoint gave a size that is none", e);
    }
  }

  /**
   * What a look that was refused without a word is about. An endpoint that still lists knows the
   * credentials: then they may not look at this object, as a policy about some keys has it.
   *
   * @throws IOException when the listing is refused, too, which may say why
   */
  private S3Failure deniedOrOfEndpoint(S3Failure refused) throws IOException {
    try {
      boolean unused = isEmpty();
    } catch (IOException e) {
      throw isDenied(e) ? refused : e; // that is not about one object
    }
    return S3Failure.refused(403, ACCESS_DENIED, null, String.valueOf(refused.getMessage()));
  }

  private static String orEmpty(@Nullable String header) {
    return header == null ? "" : header;
  }

  /** With keys of KMS, or of the client, an ETag looks like an MD5 and is none. */
  private static String md5(S3Answer answer) {
    String encryption = orEmpty(answer.header("x-amz-server-side-encryption"));
    String ofClient = orEmpty(answer.header("x-amz-server-side-encryption-customer-algorithm"));
    boolean isPlain = (encryption.isEmpty() || encryption.equals("AES256")) && ofClient.isEmpty();
    return isPlain ? orEmpty(answer.header("etag")).replace("\"", "") : "";
  }

  /** Nothing can have a key that is too long; the answer to HEAD has no body that would say so. */
  private static boolean isForItsLength(S3Failure refused, String key) {
    return refused.status() == 400 && key.getBytes(UTF_8).length > KEY_BYTES_MAX;
  }

  /**
   * Deletes an object, unless another is there by now; none is fine. Where the bucket keeps
   * versions, they stay. It is asked for once: for an endpoint that overlooks the condition, who
   * asks again has to look again first.
   *
   * @param found what is to be deleted
   * @return whether nothing is there now; false: another object
   */
  public boolean delete(String key, RemoteObject found) throws IOException {
    S3Call call = new S3Call("DeleteObject", "DELETE", location.key(key)).once();
    if (!found.etag().isEmpty() && deletesByEtag) {
      call.header("if-match", found.etag());
    }
    try {
      connection.client().send(call);
    } catch (S3Failure e) {
      if (e.isPreconditionFailed()) {
        return false;
      }
      if (e.status() == 501 && deletesByEtag) {
        deletesByEtag = false; // it knows no such condition
        return delete(key, found);
      }
      // Nothing can have a key that is too long.
      if (!e.isMissing() && !e.is("KeyTooLongError")) {
        throw e;
      }
    }
    return true;
  }

  /** Whether the same may be answered better in a moment. */
  public static boolean isTransient(IOException failure) {
    return failure instanceof S3Failure refused && refused.isTransient();
  }

  /** Has this be asked before each attempt of what changes an object; when it throws, none is. */
  public void guard(Guard guard) {
    connection.client().guard(guard);
  }

  /**
   * Lists what is below the prefix.
   *
   * @param below the beginning of the keys that are wanted
   * @param after the key after which it begins; empty: the first
   */
  public Entries entries(String below, String after) {
    return new Entries(location.key(below), after.isEmpty() ? "" : location.key(after));
  }

  /** A listing, in the order of the keys' bytes, which is read page by page. For one thread. */
  public final class Entries {
    private final String prefix;
    private final String after;
    private final Deque<Listing.Entry> page = new ArrayDeque<>();
    private String last = "";
    private @Nullable String next;
    private boolean ended;

    private Entries(String prefix, String after) {
      this.prefix = prefix;
      this.after = after;
    }

    /** The next object; null after the last one. */
    public @Nullable Entry next() throws IOException {
      while (true) {
        Listing.Entry entry = page.poll();
        if (entry == null) {
          if (ended) {
            return null;
          }
          fill();
          continue;
        }
        if (!entry.key().startsWith(prefix) || !isAfter(last, entry.key())) {
          throw new IOException(S3Objects.this + ": it doesn't list in the order of names");
        }
        last = entry.key();
        if (isAfter(after, entry.key())) { // not every endpoint begins where it is asked to
          return new Entry(entry.key().substring(location.prefix().length()), entry.size());
        }
      }
    }

    private void fill() throws IOException {
      Listing.Page listed = connection.listing().objectsAfter(prefix, after, next);
      page.addAll(listed.entries());
      next = listed.next();
      ended = next == null;
    }
  }

  private static boolean isAfter(String last, String key) {
    return last.isEmpty() || Arrays.compareUnsigned(last.getBytes(UTF_8), key.getBytes(UTF_8)) < 0;
  }

  /** The whole key of one, with the prefix. */
  public String wholeKey(String key) {
    return location.key(key);
  }

  /** Whether the endpoint knows the credentials, and they may not do this. */
  public static boolean isDenied(IOException failure) {
    return failure instanceof S3Failure refused
        && refused.status() == 403
        && refused.is(ACCESS_DENIED);
  }

  /**
   * Whether what failed is about one object, so that others may do better: its key is too long, or
   * something else is there. Otherwise it is the endpoint, the credentials or the bucket.
   */
  public static boolean isOfOneObject(IOException failure) {
    if (failure instanceof FileAlreadyExistsException) {
      return true;
    }
    return failure instanceof S3Failure refused
        && (refused.status() / 100 == 4 || refused.status() == 501)
        && refused.status() != 401
        && refused.status() != 403
        && !refused.isTransient()
        && !refused.isStaleKey()
        && OF_ENDPOINT.stream().noneMatch(refused::is);
  }

  /** For people; there is nothing secret in it. */
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
