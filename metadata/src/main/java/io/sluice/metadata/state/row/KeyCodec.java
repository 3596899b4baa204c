package io.sluice.metadata.state.row;

import com.google.protobuf.ByteString;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.RowKind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The keys of every family, in one place. Numbers are big endian, so that rows lie in their order;
 * a position is epoch (4 bytes) and index (8).
 *
 * <pre>
 * META          "format" | "header" | "layout" | "revision" | "role" | "s" bucket id (8)
 * NODES         "n" node | "g" incarnation that was removed | "o" setting | "t" backup target
 * BUCKETS       "n" name | "o" owner 00 name | "d" name (those being deleted)
 * ACCOUNTS      "n" name | "k" access key | "i" id
 * OBJECTS       bucket id (8) key
 * MANIFESTS     position | position "r" (how many refer to it, when that is more than one)
 * PARTS         position
 * INLINE        position of the object's version or of the part
 * UPLOADS       bucket id (8) key 00 upload id
 * UPLOAD_PARTS  bucket id (8) key 00 upload id 00 part number (4)
 * CHUNKS        chunk id (16)
 * GARBAGE       dereferenced ms (8) position
 * CHANGES       position, number within the command (4)
 * OUTCOMES      command id (16), which begins with the deadline
 * HISTORY       bucket id (8) key 00 position of its end; of a row of shard 0 what stands for a
 *               bucket id (see pastId), name 00 position
 * HISTORY_QUEUE "q" position of its end, number within the command (4), while no pin is known to
 *               hold it | "p" position of a pin that does, position of its end, number
 * PINS          position
 * SNAPSHOTS     name
 * </pre>
 *
 * A key of an object holds no NUL, so a key that is another's prefix comes first everywhere.
 *
 * <p>OBJECTS holds what is current, one row for a key whatever its history: it is found by a point
 * lookup that a Bloom filter can answer, replacing it leaves no tombstone for listings to step
 * over, and the row carries its version. Versions that are no longer current will lie in a family
 * of their own, as bucket id, key, 00, inverted position: newest first. HISTORY is not that: it
 * holds what a client can't see any more, oldest first, because a state of the past is looked for
 * by what ended soonest after it.
 */
public final class KeyCodec {
  /** Bytes of a position. */
  public static final int POSITION_LENGTH = 12;

  /** Bytes of UTF-8 an object's key may have. */
  public static final int OBJECT_KEY_LENGTH_MAX = 1024;

  public static final byte[] FORMAT = utf8("format");
  public static final byte[] HEADER = utf8("header");
  public static final byte[] LAYOUT = utf8("layout");

  /** The revision of what a cluster consists of. */
  public static final byte[] CLUSTER_REVISION = utf8("revision");

  /** What the cluster is to others: in no backup, for it is not so of a copy. */
  public static final byte[] ROLE = utf8("role");

  /** The first key of a family. */
  public static final byte[] FIRST = {};

  /** The id of no bucket. In the history, what is under it are the rows of buckets, by name. */
  public static final long NO_BUCKET = 0;

  /** The highest of all ids begin so, and no bucket's does: there is no such epoch. */
  private static final long PAST_IDS = 0xffffL << 48;

  private static final int BUCKET_LENGTH = 8;

  private KeyCodec() {}

  /** Begins the keys of all nodes. */
  public static final byte[] NODES = utf8("n");

  public static byte[] node(String name) {
    return tagged('n', name);
  }

  /** Begins the keys of all incarnations that were removed. */
  public static final byte[] GONE_NODES = utf8("g");

  public static byte[] goneNode(String incarnation) {
    return tagged('g', incarnation);
  }

  /** Begins the keys of all settings. */
  public static final byte[] SETTINGS = utf8("o");

  public static byte[] setting(String name) {
    return tagged('o', name);
  }

  /** Begins the keys of all targets of backups. */
  public static final byte[] TARGETS = utf8("t");

  public static byte[] target(String name) {
    return tagged('t', name);
  }

  /** Begins the keys of all mirrors. */
  public static final byte[] MIRRORS = utf8("m");

  public static byte[] mirror(String name) {
    return tagged('m', name);
  }

  /** Begins the keys of all places that are pruned. */
  public static final byte[] PRUNES = utf8("p");

  /** The place that is pruned. */
  public static byte[] prune(String place) {
    return tagged('p', place);
  }

  public static byte[] sealedBucket(long bucketId) {
    return ByteBuffer.allocate(1 + BUCKET_LENGTH).put((byte) 's').putLong(bucketId).array();
  }

  public static byte[] bucketByName(String name) {
    return tagged('n', name);
  }

  /** Begins the keys of the buckets of an owner whose names begin with {@code namePrefix}. */
  public static byte[] bucketByOwner(String owner, String namePrefix) {
    return tagged('o', owner + '\0' + namePrefix);
  }

  public static byte[] deletingBucket(String name) {
    return tagged('d', name);
  }

  public static byte[] accountByName(String name) {
    return tagged('n', name);
  }

  public static byte[] accountByAccessKey(String accessKey) {
    return tagged('k', accessKey);
  }

  public static byte[] accountById(String id) {
    return tagged('i', id);
  }

  /** What follows the last NUL of a key, or its tag: the bucket's name. */
  public static String nameIn(byte[] key) {
    int start = 1;
    for (int i = 1; i < key.length; i++) {
      if (key[i] == 0) {
        start = i + 1;
      }
    }
    return new String(key, start, key.length - start, StandardCharsets.UTF_8);
  }

  /** Begins the keys of all objects (or uploads, or parts of uploads) of a bucket. */
  public static byte[] bucket(long bucketId) {
    return ByteBuffer.allocate(BUCKET_LENGTH).putLong(bucketId).array();
  }

  /** An object's key, or the beginning of the keys of those with a prefix. */
  public static byte[] object(long bucketId, ByteString key) {
    byte[] row = new byte[BUCKET_LENGTH + key.size()];
    ByteBuffer.wrap(row).putLong(bucketId);
    key.copyTo(row, BUCKET_LENGTH);
    return row;
  }

  /** Compares keys of OBJECTS by the objects' keys, whatever their buckets. */
  public static int compareObjectKeys(byte[] one, byte[] other) {
    return Arrays.compareUnsigned(
        one, BUCKET_LENGTH, one.length, other, BUCKET_LENGTH, other.length);
  }

  /** The object's key in a key of OBJECTS, UPLOADS or UPLOAD_PARTS. */
  public static ByteString objectKeyIn(byte[] row) {
    int end = BUCKET_LENGTH;
    while (end < row.length && row[end] != 0) {
      end++;
    }
    return ByteString.copyFrom(row, BUCKET_LENGTH, end - BUCKET_LENGTH);
  }

  public static byte[] upload(long bucketId, ByteString key, String uploadId) {
    byte[] id = uploadId.getBytes(StandardCharsets.UTF_8);
    byte[] row = Arrays.copyOf(object(bucketId, key), BUCKET_LENGTH + key.size() + 1 + id.length);
    System.arraycopy(id, 0, row, row.length - id.length, id.length);
    return row;
  }

  /** Begins the keys of the parts of an upload. */
  public static byte[] uploadParts(long bucketId, ByteString key, String uploadId) {
    byte[] upload = upload(bucketId, key, uploadId);
    return Arrays.copyOf(upload, upload.length + 1);
  }

  /**
   * One part of an upload.
   *
   * @param number 1 to 10,000
   */
  public static byte[] uploadPart(long bucketId, ByteString key, String uploadId, int number) {
    byte[] parts = uploadParts(bucketId, key, uploadId);
    byte[] row = Arrays.copyOf(parts, parts.length + Integer.BYTES);
    ByteBuffer.wrap(row).putInt(parts.length, number);
    return row;
  }

  public static byte[] position(LogPosition position) {
    byte[] row = new byte[POSITION_LENGTH];
    ByteBuffer.wrap(row).putInt(position.getEpoch()).putLong(position.getIndex());
    return row;
  }

  public static byte[] references(LogPosition manifest) {
    byte[] row = Arrays.copyOf(position(manifest), POSITION_LENGTH + 1);
    row[POSITION_LENGTH] = 'r';
    return row;
  }

  public static byte[] garbage(long dereferencedMs, LogPosition id) {
    return ByteBuffer.allocate(Long.BYTES + POSITION_LENGTH)
        .putLong(dereferencedMs)
        .put(position(id))
        .array();
  }

  /** The first key of what was dereferenced at {@code ms} or later. */
  public static byte[] garbageSince(long ms) {
    return ByteBuffer.allocate(Long.BYTES).putLong(ms).array();
  }

  /** The first key behind that of an item of garbage. */
  public static byte[] garbageBehind(long dereferencedMs, LogPosition id) {
    byte[] key = garbage(dereferencedMs, id);
    return Arrays.copyOf(key, key.length + 1);
  }

  public static long garbageMs(byte[] row) {
    return ByteBuffer.wrap(row).getLong();
  }

  public static LogPosition garbageId(byte[] row) {
    return positionAt(row, Long.BYTES);
  }

  public static byte[] change(LogPosition position, int number) {
    byte[] row = Arrays.copyOf(position(position), POSITION_LENGTH + Integer.BYTES);
    ByteBuffer.wrap(row).putInt(POSITION_LENGTH, number);
    return row;
  }

  /** The position a key begins with. */
  public static LogPosition positionIn(byte[] row) {
    return positionAt(row, 0);
  }

  private static LogPosition positionAt(byte[] row, int offset) {
    ByteBuffer buffer = ByteBuffer.wrap(row, offset, POSITION_LENGTH);
    return LogPosition.newBuilder().setEpoch(buffer.getInt()).setIndex(buffer.getLong()).build();
  }

  /** A row of the history: those of one key lie oldest first. */
  public static byte[] history(long bucketId, ByteString key, LogPosition ended) {
    byte[] object = object(bucketId, key);
    byte[] row = Arrays.copyOf(object, object.length + 1 + POSITION_LENGTH);
    System.arraycopy(position(ended), 0, row, object.length + 1, POSITION_LENGTH);
    return row;
  }

  /**
   * What stands for a bucket's id in the history's rows of a kind of shard 0.
   *
   * @throws IllegalArgumentException for objects: theirs lie under their bucket's
   */
  public static long pastId(RowKind kind) {
    return switch (kind) {
      case BUCKET_ROW -> NO_BUCKET;
      case ACCOUNT_ROW, SETTING_ROW -> PAST_IDS | kind.getNumber();
      case OBJECT_ROW, UNRECOGNIZED -> throw new IllegalArgumentException("no kind: " + kind);
    };
  }

  /**
   * The current row of a thing of shard 0, or the beginning of the keys of those with a prefix.
   *
   * @throws IllegalArgumentException for objects
   */
  public static byte[] named(RowKind kind, ByteString name) {
    char tag =
        switch (kind) {
          case BUCKET_ROW, ACCOUNT_ROW -> 'n';
          case SETTING_ROW -> 'o';
          case OBJECT_ROW, UNRECOGNIZED -> throw new IllegalArgumentException("no kind: " + kind);
        };
    byte[] key = new byte[1 + name.size()];
    key[0] = (byte) tag;
    name.copyTo(key, 1);
    return key;
  }

  public static byte[] snapshot(String name) {
    return utf8(name);
  }

  /** Where a row of the history ends, from its key. */
  public static LogPosition endIn(byte[] historyRow) {
    return positionAt(historyRow, historyRow.length - POSITION_LENGTH);
  }

  /** Begins the keys of the queue of rows that no pin is known to hold. */
  public static final byte[] QUEUE = utf8("q");

  /**
   * An entry of the queue.
   *
   * @param number of the rows that one command ended
   */
  public static byte[] queued(LogPosition ended, int number) {
    return entry(QUEUE, ended, number);
  }

  /** Begins the keys of the entries of what a pin holds. */
  public static byte[] held(LogPosition pin) {
    return ByteBuffer.allocate(1 + POSITION_LENGTH).put((byte) 'p').put(position(pin)).array();
  }

  /** An entry of what a pin holds. */
  public static byte[] held(LogPosition pin, LogPosition ended, int number) {
    return entry(held(pin), ended, number);
  }

  /** The position of the pin that an entry of what it holds begins with. */
  public static LogPosition pinIn(byte[] entry) {
    return positionAt(entry, 1);
  }

  private static byte[] entry(byte[] prefix, LogPosition ended, int number) {
    byte[] row = Arrays.copyOf(prefix, prefix.length + POSITION_LENGTH + Integer.BYTES);
    ByteBuffer.wrap(row, prefix.length, POSITION_LENGTH + Integer.BYTES)
        .put(position(ended))
        .putInt(number);
    return row;
  }

  /** Where the row of the history ends that an entry is about. */
  public static LogPosition entryEnd(byte[] entry) {
    return positionAt(entry, entry.length - Integer.BYTES - POSITION_LENGTH);
  }

  public static int entryNumber(byte[] entry) {
    return ByteBuffer.wrap(entry).getInt(entry.length - Integer.BYTES);
  }

  /** The first key of outcomes of commands whose deadline is {@code deadlineMs} or later. */
  public static byte[] outcomesSince(long deadlineMs) {
    return ByteBuffer.allocate(Long.BYTES).putLong(deadlineMs).array();
  }

  /** The first key after all that begin with {@code prefix}; null when there is none. */
  public static byte @Nullable [] after(byte[] prefix) {
    for (int i = prefix.length - 1; i >= 0; i--) {
      if (prefix[i] != (byte) 0xff) {
        byte[] after = Arrays.copyOf(prefix, i + 1);
        after[i]++;
        return after;
      }
    }
    return null;
  }

  public static boolean startsWith(byte[] row, byte[] prefix) {
    return row.length >= prefix.length
        && Arrays.equals(row, 0, prefix.length, prefix, 0, prefix.length);
  }

  private static byte[] tagged(char tag, String text) {
    return utf8(tag + text);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
