package io.sluice.recovery.backup.format;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.sluice.storage.proto.BackupRow;
import io.sluice.storage.proto.PartRow;
import java.util.ArrayList;
import java.util.List;

/**
 * What a set says of one thing: a row, and the rows of its parts if it is an object of several.
 * Kept as it is stored, because an object can have 10,000 parts.
 */
public final class RowGroup {
  private final RowKey key;
  private final BackupRow row;
  private final List<ByteString> parts;

  RowGroup(RowKey key, BackupRow row, List<ByteString> parts) {
    this.key = key;
    this.row = row;
    this.parts = List.copyOf(parts);
  }

  /** One of rows that were not stored yet. */
  public static RowGroup of(int shard, BackupRow row, List<PartRow> parts) {
    List<ByteString> stored = new ArrayList<>(parts.size());
    for (PartRow part : parts) {
      stored.add(BackupRow.newBuilder().setPart(part).build().toByteString());
    }
    return new RowGroup(RowKey.of(shard, row), row, stored);
  }

  public RowKey key() {
    return key;
  }

  /** The row, without its parts. */
  public BackupRow row() {
    return row;
  }

  /** How many parts follow the row. */
  public int partCount() {
    return parts.size();
  }

  /** One of them, read anew each time. */
  public PartRow part(int index) {
    try {
      return BackupRow.parseFrom(parts.get(index)).getPart();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("it was read before", e);
    }
  }

  /** The rows of the parts, as they are stored. */
  List<ByteString> storedParts() {
    return parts;
  }

  /** Whether it says that the thing is not there any more. */
  public boolean isRemoval() {
    return switch (row.getRowCase()) {
      case BUCKET -> !row.getBucket().hasBucket();
      case ACCOUNT -> !row.getAccount().hasAccount();
      case SETTING -> !row.getSetting().hasSetting();
      case OBJECT -> !row.getObject().hasObject();
      case PART, ROW_NOT_SET -> true;
    };
  }

  /** Bytes as stored, about. */
  public long storedBytes() {
    long sum = row.getSerializedSize();
    for (ByteString part : parts) {
      sum += part.size();
    }
    return sum;
  }
}
