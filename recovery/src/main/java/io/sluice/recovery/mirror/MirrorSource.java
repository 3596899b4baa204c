package io.sluice.recovery.mirror;

import com.google.protobuf.ByteString;
import io.sluice.recovery.backup.format.RowGroup;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.MirrorScope;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.BackupRow;
import io.sluice.storage.proto.ChangePage;
import io.sluice.storage.proto.GetObject;
import io.sluice.storage.proto.GetParts;
import io.sluice.storage.proto.GetShardStatus;
import io.sluice.storage.proto.ListChanges;
import io.sluice.storage.proto.ListObjects;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.MirrorRecord;
import io.sluice.storage.proto.ObjectAnswer;
import io.sluice.storage.proto.ObjectPage;
import io.sluice.storage.proto.ObjectState;
import io.sluice.storage.proto.PartRef;
import io.sluice.storage.proto.PartRow;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RowKind;
import io.sluice.storage.proto.ShardStatus;
import io.sluice.storage.proto.ThingName;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the metadata says of a mirrored bucket. Methods block, and throw {@link StorageFailure}; any
 * thread.
 */
final class MirrorSource {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int PARTS_MAX = 100;
  private static final int LISTED_MAX = 1_000;

  private final MetadataStore metadata;
  private final MirrorRecord mirror;
  private final MirrorScope scope;

  MirrorSource(MetadataStore metadata, MirrorRecord mirror) {
    this.metadata = metadata;
    this.mirror = mirror;
    this.scope = new MirrorScope(mirror);
  }

  /** Whether rules say what is sent. */
  boolean isReplication() {
    return mirror.getReplication();
  }

  /** What of the bucket is mirrored. */
  MirrorScope scope() {
    return scope;
  }

  private Answer query(Query.Builder query) throws IOException {
    return Waiting.get(
        metadata.query(mirror.getShard(), query.build(), LIMIT), LIMIT.multipliedBy(2));
  }

  /** How far the bucket's shard is. */
  ShardStatus status() throws IOException {
    return query(Query.newBuilder().setGetShardStatus(GetShardStatus.getDefaultInstance()))
        .getStatus();
  }

  /**
   * A page of what changed in the shard.
   *
   * @param startAfter next of the page before; empty for the first
   */
  ChangePage changes(LogPosition after, LogPosition to, ByteString startAfter, int max)
      throws IOException {
    return changes(after, to, startAfter, max, false);
  }

  /** As {@link #changes}, of what was deleted in between. */
  ChangePage deletions(LogPosition after, LogPosition to, ByteString startAfter, int max)
      throws IOException {
    return changes(after, to, startAfter, max, true);
  }

  private ChangePage changes(
      LogPosition after, LogPosition to, ByteString startAfter, int max, boolean deleted)
      throws IOException {
    ListChanges.Builder asked =
        ListChanges.newBuilder()
            .setAfter(after)
            .setTo(to)
            .setStartAfter(startAfter)
            .setMax(max)
            .setDeleted(deleted);
    return query(Query.newBuilder().setListChanges(asked)).getChanges();
  }

  /** Those of the things that are mirrored objects: their keys. */
  List<ByteString> keys(ChangePage page) {
    return page.getThingsList().stream().filter(this::isMirrored).map(ThingName::getKey).toList();
  }

  private boolean isMirrored(ThingName thing) {
    return thing.getKind() == RowKind.OBJECT_ROW
        && thing.getBucketId() == mirror.getBucketId()
        && scope.concerns(thing.getKey().toStringUtf8());
  }

  /** A page of the objects that are mirrored, by key. */
  ObjectPage list(ByteString startAfter) throws IOException {
    ListObjects.Builder asked =
        ListObjects.newBuilder()
            .setBucketId(mirror.getBucketId())
            .setPrefix(mirror.getPrefixBytes())
            .setStartAfter(startAfter)
            .setMax(LISTED_MAX);
    return query(Query.newBuilder().setListObjects(asked)).getObjects();
  }

  /**
   * An object as it is now, with all that says where its bytes are; null when there is none.
   *
   * @throws ObjectProblemException when it was replaced while this looked
   */
  @Nullable RowGroup find(ByteString key) throws IOException {
    GetObject.Builder asked =
        GetObject.newBuilder().setBucketId(mirror.getBucketId()).setKey(key).setWithContent(true);
    ObjectAnswer found;
    try {
      found = query(Query.newBuilder().setGetObject(asked)).getObject();
    } catch (StorageFailure.Refused e) {
      if (e.code() == RefusalCode.NO_SUCH_KEY) {
        return null;
      }
      throw e;
    }
    if (found.getObject().getDeleteMarker()) {
      return null;
    }
    ObjectState.Builder state =
        ObjectState.newBuilder()
            .setBucketId(mirror.getBucketId())
            .setKey(key)
            .setObject(found.getObject())
            .setInlineData(found.getInlineData());
    if (found.hasManifest()) {
      state.setManifest(found.getManifest());
    }
    return RowGroup.of(
        mirror.getShard(),
        BackupRow.newBuilder().setObject(state).build(),
        parts(found.getManifest().getParts().getPartsList()));
  }

  private List<PartRow> parts(List<PartRef> refs) throws IOException {
    List<PartRow> rows = new ArrayList<>(refs.size());
    for (int from = 0; from < refs.size(); from += PARTS_MAX) {
      GetParts.Builder asked = GetParts.newBuilder();
      refs.subList(from, Math.min(refs.size(), from + PARTS_MAX))
          .forEach(ref -> asked.addIds(ref.getId()));
      try {
        rows.addAll(query(Query.newBuilder().setGetParts(asked)).getParts().getRowsList());
      } catch (StorageFailure.Refused e) {
        throw new ObjectProblemException("was replaced while it was looked at", e);
      }
    }
    return rows;
  }
}
