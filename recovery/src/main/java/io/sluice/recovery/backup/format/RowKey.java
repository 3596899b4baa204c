package io.sluice.recovery.backup.format;

import com.google.protobuf.ByteString;
import io.sluice.storage.proto.BackupRow;
import java.nio.ByteBuffer;

/**
 * What a row is the state of, and its place: rows are sorted by shard, kind, bucket id and key, as
 * the bytes of this are.
 *
 * @param shard of the cluster that was backed up
 * @param kind the number of the row's field in {@link BackupRow}: 1 bucket, 2 account, 3 setting, 4
 *     object. Parts have no place of their own
 * @param bucketId 0, but of objects
 * @param key of the object, else the name, in UTF-8
 */
public record RowKey(int shard, int kind, long bucketId, ByteString key)
    implements Comparable<RowKey> {
  private static final int FIXED = Integer.BYTES + 1 + Long.BYTES;

  /**
   * The place of a row.
   *
   * @throws IllegalArgumentException of a part, or of a row of a kind that is not known here
   */
  public static RowKey of(int shard, BackupRow row) {
    int kind = row.getRowCase().getNumber();
    return switch (row.getRowCase()) {
      case BUCKET -> new RowKey(shard, kind, 0, utf8(row.getBucket().getName()));
      case ACCOUNT -> new RowKey(shard, kind, 0, utf8(row.getAccount().getName()));
      case SETTING -> new RowKey(shard, kind, 0, utf8(row.getSetting().getName()));
      case OBJECT ->
          new RowKey(shard, kind, row.getObject().getBucketId(), row.getObject().getKey());
      case PART, ROW_NOT_SET ->
          throw new IllegalArgumentException("a row of kind " + row.getRowCase());
    };
  }

  private static ByteString utf8(String name) {
    return ByteString.copyFromUtf8(name);
  }

  /** The bytes by which rows are sorted. */
  public byte[] encode() {
    byte[] encoded = new byte[FIXED + key.size()];
    ByteBuffer.wrap(encoded).putInt(shard).put((byte) kind).putLong(bucketId);
    key.copyTo(encoded, FIXED);
    return encoded;
  }

  /** The key of these bytes. */
  public static RowKey decode(byte[] encoded) {
    ByteBuffer bytes = ByteBuffer.wrap(encoded);
    return new RowKey(
        bytes.getInt(),
        bytes.get(),
        bytes.getLong(),
        ByteString.copyFrom(encoded, FIXED, encoded.length - FIXED));
  }

  /** Whether it is an object's. */
  public boolean isObject() {
    return kind == BackupRow.OBJECT_FIELD_NUMBER;
  }

  @Override
  public int compareTo(RowKey other) {
    int order = Integer.compareUnsigned(shard, other.shard);
    order = order != 0 ? order : Integer.compare(kind, other.kind);
    order = order != 0 ? order : Long.compareUnsigned(bucketId, other.bucketId);
    return order != 0
        ? order
        : ByteString.unsignedLexicographicalComparator().compare(key, other.key);
  }

  /** For people. */
  @Override
  public String toString() {
    String text = key.toStringUtf8();
    return switch (kind) {
      case BackupRow.BUCKET_FIELD_NUMBER -> "bucket " + text;
      case BackupRow.ACCOUNT_FIELD_NUMBER -> "account " + text;
      case BackupRow.SETTING_FIELD_NUMBER -> "setting " + text;
      default -> "object " + text + " of bucket " + Long.toUnsignedString(bucketId);
    };
  }
}
