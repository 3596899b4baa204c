package io.sluice.metadata.state.query;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Past;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.GetObject;
import io.sluice.storage.proto.InlineContent;
import io.sluice.storage.proto.Manifest;
import io.sluice.storage.proto.ObjectAnswer;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.RefusalCode;
import org.jspecify.annotations.Nullable;

/** The current version of an object, and what it consists of. */
record GetObjectQuery(GetObject query) implements ShardQuery {
  @Override
  public @Nullable Answer answer(Rows rows) {
    String versionId = query.getVersionId();
    if (!versionId.isEmpty() && !versionId.equals("null")) {
      return ShardQuery.refused(
          RefusalCode.NO_SUCH_VERSION, "The specified version does not exist.");
    }
    if (query.hasAt()) {
      Answer refusal = ShardQuery.refusal(Past.of(rows, query.getAt()));
      if (refusal != null) {
        return refusal;
      }
    }
    ObjectVersion object = find(rows);
    if (object == null) {
      Answer noSuchKey =
          ShardQuery.refused(RefusalCode.NO_SUCH_KEY, "The specified key does not exist.");
      return query.hasAt()
          ? noSuchKey
          : ShardQuery.foundNothing(rows, query.getBucketId(), noSuchKey);
    }
    ObjectAnswer.Builder answer = ObjectAnswer.newBuilder().setObject(object);
    if (query.getWithContent() && !addContent(rows, object, answer)) {
      return null;
    }
    return Answer.newBuilder().setObject(answer).build();
  }

  private @Nullable ObjectVersion find(Rows rows) {
    return query.hasAt()
        ? Past.of(rows, query.getAt()).find(query.getBucketId(), query.getKey())
        : rows.get(
            Family.OBJECTS,
            KeyCodec.object(query.getBucketId(), query.getKey()),
            ObjectVersion.parser());
  }

  /** False when it was replaced, and its content removed, since the row of the object was read. */
  private static boolean addContent(Rows rows, ObjectVersion object, ObjectAnswer.Builder answer) {
    byte[] id = KeyCodec.position(object.getManifest());
    if (object.getInline()) {
      InlineContent content = rows.get(Family.INLINE, id, InlineContent.parser());
      if (content == null) {
        return false;
      }
      answer.setInlineData(content.getData());
      return true;
    }
    Manifest manifest = rows.get(Family.MANIFESTS, id, Manifest.parser());
    if (manifest == null) {
      return false;
    }
    answer.setManifest(manifest);
    return true;
  }

  @Override
  public boolean isPointLookup() {
    return !query.hasAt();
  }
}
