package io.sluice.recovery.mirror;

import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.backup.target.s3.RemoteObject;
import io.sluice.recovery.backup.target.s3.S3Objects;
import io.sluice.storage.proto.ObjectVersion;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where a bucket is mirrored to: plain objects or files, which other programs read. Blocks; any
 * thread.
 */
public interface MirrorPlace extends Closeable {
  /**
   * Called by a run, before all else but {@link #isEmpty}.
   *
   * @param isNew whether nothing was mirrored there yet
   * @throws IOException when it is not what was mirrored to
   */
  default void begin(boolean isNew) throws IOException {}

  /** Whether nothing is there. */
  boolean isEmpty() throws IOException;

  /** The name that a key has there, which is a part of what an object says of its origin. */
  String wholeKey(String key);

  /**
   * Begins to write an object. It is there with the commit, whole, and replaces what was; without
   * nothing is left.
   *
   * @param origin kept beside it, for {@link #find} to give it back
   * @throws IOException also when there is no room for that
   */
  NewFile create(String key, ObjectVersion object, String origin) throws IOException;

  /**
   * What is there under a key, with its {@link Origin} as the note.
   *
   * @return null for nothing
   */
  @Nullable RemoteObject find(String key) throws IOException;

  /**
   * Deletes an object; none is fine. Asked for once, so that nothing is deleted late.
   *
   * @param found what is to be deleted
   * @return whether nothing is there now; false: it had been replaced
   */
  boolean delete(String key, RemoteObject found) throws IOException;

  /** Whether what failed may be tried again in a moment. */
  default boolean isTransient(IOException failure) {
    return false;
  }

  /** Has this be asked before each attempt to change something; when it throws, none is made. */
  default void guard(S3Objects.Guard guard) {}

  /**
   * Lists what is there.
   *
   * @param below the beginning of the keys that are wanted
   * @param after the key after which it begins; empty: the first
   */
  Keys keys(String below, String after) throws IOException;

  /**
   * Whether what is there may be mirrored back: then objects that came from a mirror are not sent
   * on, or two buckets would send them to each other for ever.
   */
  default boolean mayMirrorBack() {
    return true;
  }

  /** How long it has not answered what it was asked for; one with deadlines fails by itself. */
  default Duration silence() {
    return Duration.ZERO;
  }

  @Override
  void close();

  /** Keys in the order of their bytes. For one thread. */
  interface Keys {
    /** The next one; null after the last. */
    @Nullable String next() throws IOException;
  }
}
