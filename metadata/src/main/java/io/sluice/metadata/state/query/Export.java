package io.sluice.metadata.state.query;

import com.google.protobuf.ByteString;
import com.google.protobuf.Parser;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Past;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Account;
import io.sluice.storage.proto.AccountState;
import io.sluice.storage.proto.BackupRow;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.BucketState;
import io.sluice.storage.proto.ExportPage;
import io.sluice.storage.proto.InlineContent;
import io.sluice.storage.proto.Manifest;
import io.sluice.storage.proto.ObjectState;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PartRef;
import io.sluice.storage.proto.PartRow;
import io.sluice.storage.proto.RowKind;
import io.sluice.storage.proto.SettingRecord;
import io.sluice.storage.proto.SettingState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of rows as a backup has them, which fills up. It reads in the background of what clients
 * ask, on the same threads, so it is bounded in what it looks up as well as in what it gives.
 */
final class Export {
  /** All rows of the object are in the page, or in those before. */
  static final int DONE = -1;

  /** None is. */
  static final int NOT_BEGUN = -2;

  static final int BYTES_MAX = 1 << 20;

  /** Rows that are looked up one by one, each perhaps from disk. */
  static final int LOOKUPS_MAX = 1_000;

  private final int lookupsMax;
  private final Rows rows;
  private final Past past;
  private final ExportPage.Builder page = ExportPage.newBuilder();
  private int bytes;
  private int lookups;

  /**
   * An empty page.
   *
   * @param max 0: as many rows as a page may have
   */
  Export(Rows rows, Past past, int max) {
    this.lookupsMax = max <= 0 ? LOOKUPS_MAX : Math.min(max, LOOKUPS_MAX);
    this.rows = rows;
    this.past = past;
  }

  ExportPage.Builder page() {
    return page;
  }

  /** Adds what a thing of shard 0 was; false when the page is full. */
  boolean addNamed(RowKind kind, ByteString name, boolean alsoIfAbsent) {
    if (isFull()) {
      return false;
    }
    lookups++;
    BackupRow row = named(kind, name, alsoIfAbsent);
    return row == null || fits(row);
  }

  private @Nullable BackupRow named(RowKind kind, ByteString key, boolean alsoIfAbsent) {
    BackupRow.Builder row = BackupRow.newBuilder();
    boolean isThere =
        switch (kind) {
          case BUCKET_ROW -> wasBucket(key, row.getBucketBuilder());
          case ACCOUNT_ROW -> wasAccount(key, row.getAccountBuilder());
          case SETTING_ROW -> wasSetting(key, row.getSettingBuilder());
          case OBJECT_ROW, UNRECOGNIZED -> throw new IllegalArgumentException("no name: " + kind);
        };
    return isThere || alsoIfAbsent ? row.build() : null;
  }

  private boolean wasBucket(ByteString name, BucketState.Builder state) {
    Bucket bucket = past.bucket(name.toStringUtf8());
    state.setNameBytes(name);
    if (bucket != null) {
      state.setBucket(bucket);
    }
    return bucket != null;
  }

  private boolean wasAccount(ByteString name, AccountState.Builder state) {
    Account account = undone(RowKind.ACCOUNT_ROW, name, Account.parser());
    state.setNameBytes(name);
    if (account != null) {
      state.setAccount(account);
    }
    return account != null;
  }

  private boolean wasSetting(ByteString name, SettingState.Builder state) {
    SettingRecord setting = undone(RowKind.SETTING_ROW, name, SettingRecord.parser());
    state.setNameBytes(name);
    if (setting != null) {
      state.setSetting(setting);
    }
    return setting != null;
  }

  private <T> @Nullable T undone(RowKind kind, ByteString name, Parser<T> parser) {
    byte[] value = past.undone(kind, name);
    return value == null ? null : Rows.parse(parser, value);
  }

  /** Adds that an object was not there; false when the page is full. */
  boolean addAbsent(long bucketId, ByteString key) {
    return !isFull()
        && add(
            BackupRow.newBuilder()
                .setObject(ObjectState.newBuilder().setBucketId(bucketId).setKey(key))
                .build());
  }

  /** What an object was; null when there was none. */
  @Nullable ObjectVersion find(long bucketId, ByteString key) {
    return past.find(bucketId, key);
  }

  /**
   * Adds an object with what it consists of, or goes on with it.
   *
   * @param given how many of its parts pages before this one have; {@link #NOT_BEGUN}: not even
   *     itself
   * @return how many of its parts the pages have now, or {@link #DONE}, or {@link #NOT_BEGUN}
   */
  int addObject(long bucketId, ByteString key, ObjectVersion object, int given) {
    if (given == NOT_BEGUN && isFull()) {
      return NOT_BEGUN;
    }
    if (object.getInline()) {
      return addInline(bucketId, key, object) ? DONE : NOT_BEGUN;
    }
    Manifest manifest =
        require(Family.MANIFESTS, KeyCodec.position(object.getManifest()), Manifest.parser());
    int parts = given;
    if (given == NOT_BEGUN) {
      ObjectState state = state(bucketId, key, object).setManifest(manifest).build();
      if (!add(BackupRow.newBuilder().setObject(state).build())) {
        return NOT_BEGUN;
      }
      parts = 0;
    }
    List<PartRef> all = manifest.getParts().getPartsList();
    while (parts < all.size()) {
      if (!addPart(all.get(parts))) {
        return parts;
      }
      parts++;
    }
    return DONE;
  }

  private boolean addInline(long bucketId, ByteString key, ObjectVersion object) {
    InlineContent content =
        require(Family.INLINE, KeyCodec.position(object.getManifest()), InlineContent.parser());
    ObjectState.Builder state = state(bucketId, key, object).setInlineData(content.getData());
    state.setManifest(Manifest.newBuilder().setWhole(content.getPart()));
    return add(BackupRow.newBuilder().setObject(state).build());
  }

  private static ObjectState.Builder state(long bucketId, ByteString key, ObjectVersion object) {
    return ObjectState.newBuilder().setBucketId(bucketId).setKey(key).setObject(object);
  }

  private boolean addPart(PartRef ref) {
    if (isFull()) {
      return false;
    }
    byte[] id = KeyCodec.position(ref.getId());
    Part part = require(Family.PARTS, id, Part.parser());
    PartRow.Builder row = PartRow.newBuilder().setId(ref.getId()).setPart(part);
    if (part.getInline()) {
      row.setInlineData(require(Family.INLINE, id, InlineContent.parser()).getData());
    }
    return add(BackupRow.newBuilder().setPart(row).build());
  }

  private <T> T require(Family family, byte[] key, Parser<T> parser) {
    T row = rows.get(family, key, parser);
    if (row == null) {
      throw new IllegalStateException("what an object of the history refers to is not there");
    }
    return row;
  }

  private boolean isFull() {
    return lookups >= lookupsMax;
  }

  private boolean add(BackupRow row) {
    lookups++;
    return fits(row);
  }

  /** The first always does. */
  private boolean fits(BackupRow row) {
    int size = row.getSerializedSize();
    if (page.getRowsCount() > 0 && bytes + size > BYTES_MAX) {
      return false;
    }
    page.addRows(row);
    bytes += size;
    return true;
  }
}
