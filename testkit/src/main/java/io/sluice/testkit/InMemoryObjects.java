package io.sluice.testkit;

import static io.sluice.testkit.InMemoryMetadataStore.refused;

import com.google.protobuf.ByteString;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.CopyObject;
import io.sluice.storage.proto.DeleteObject;
import io.sluice.storage.proto.DeleteObjects;
import io.sluice.storage.proto.DeleteOutcome;
import io.sluice.storage.proto.DeleteOutcomes;
import io.sluice.storage.proto.GetObject;
import io.sluice.storage.proto.ListObjects;
import io.sluice.storage.proto.ListVersions;
import io.sluice.storage.proto.ListedObject;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Manifest;
import io.sluice.storage.proto.ObjectAnswer;
import io.sluice.storage.proto.ObjectPage;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PutObject;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.WriteCondition;
import java.time.Clock;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The objects of one bucket, each a single {@code null} version. */
final class InMemoryObjects {
  /** An object with what it consists of. */
  record Row(ByteString key, ObjectVersion version, Manifest manifest, ByteString inlineData) {}

  private final Clock clock;
  private final ShardLog log;
  private final TreeMap<ByteString, Row> rows =
      new TreeMap<>(ByteString.unsignedLexicographicalComparator());

  InMemoryObjects(Clock clock, ShardLog log) {
    this.clock = clock;
    this.log = log;
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  Outcome put(PutObject put) {
    Manifest manifest = Manifest.newBuilder().setWhole(put.getPart()).build();
    return write(put.getKey(), put.getObject(), manifest, put.getInlineData(), put.getCondition());
  }

  Outcome write(
      ByteString key,
      ObjectVersion object,
      Manifest manifest,
      ByteString inlineData,
      WriteCondition condition) {
    check(condition, rows.get(key));
    LogPosition position = log.next();
    ObjectVersion version =
        object.toBuilder()
            .setVersion(position)
            .setNullVersion(true)
            .setManifest(position)
            .setLastModifiedMs(clock.millis())
            .build();
    rows.put(key, new Row(key, version, manifest, inlineData));
    return Outcome.newBuilder().setPosition(position).setObject(version).build();
  }

  private static void check(WriteCondition condition, @Nullable Row row) {
    if (condition.getIfAbsent() && row != null) {
      throw refused(RefusalCode.PRECONDITION_FAILED);
    }
    if (condition.getIfMatchCount() > 0) {
      if (row == null) {
        throw refused(RefusalCode.NO_SUCH_KEY);
      }
      boolean matches =
          condition.getIfMatchList().stream()
              .anyMatch(etag -> etag.equals("*") || etag.equals(row.version().getEtag()));
      if (!matches) {
        throw refused(RefusalCode.PRECONDITION_FAILED);
      }
    }
  }

  Outcome copy(CopyObject copy, InMemoryObjects from) {
    Row source = from.find(copy.getSourceKey(), copy.getSourceVersionId());
    if (copy.hasExpectedSource() && !copy.getExpectedSource().equals(source.version.getVersion())) {
      throw refused(RefusalCode.CONFLICT);
    }
    ObjectVersion.Builder target =
        source.version.toBuilder()
            .setOwner(copy.getOwner())
            .setStorageClass(copy.getStorageClass());
    if (copy.getReplaceMetadata()) {
      target.setHeaders(copy.getHeaders());
    }
    return write(
        copy.getKey(), target.build(), source.manifest, source.inlineData, copy.getCondition());
  }

  private Row find(ByteString key, String versionId) {
    Row row = rows.get(key);
    if (row == null) {
      throw refused(RefusalCode.NO_SUCH_KEY);
    }
    if (!versionId.isEmpty() && !versionId.equals("null")) {
      throw refused(RefusalCode.NO_SUCH_VERSION);
    }
    return row;
  }

  Outcome delete(DeleteObject delete) {
    return Outcome.newBuilder().setPosition(log.next()).setDeleted(remove(delete)).build();
  }

  Outcome deleteAll(DeleteObjects deletes) {
    DeleteOutcomes.Builder results = DeleteOutcomes.newBuilder();
    for (DeleteObject delete : deletes.getObjectsList()) {
      try {
        results.addResults(remove(delete));
      } catch (StorageFailure.Refused refused) {
        results.addResults(DeleteOutcome.newBuilder().setRefusal(refused.refusal()));
      }
    }
    return Outcome.newBuilder().setPosition(log.next()).setDeletedAll(results).build();
  }

  private DeleteOutcome remove(DeleteObject delete) {
    Row row = rows.get(delete.getKey());
    String versionId = delete.getVersionId();
    if (row == null || !(versionId.isEmpty() || versionId.equals("null"))) {
      return DeleteOutcome.getDefaultInstance();
    }
    check(delete.getCondition(), row);
    rows.remove(delete.getKey());
    return DeleteOutcome.newBuilder().setExisted(true).build();
  }

  Answer get(GetObject get) {
    Row row = find(get.getKey(), get.getVersionId());
    ObjectAnswer.Builder answer = ObjectAnswer.newBuilder().setObject(row.version());
    if (get.getWithContent()) {
      if (row.version().getInline()) {
        answer.setInlineData(row.inlineData());
      } else {
        answer.setManifest(row.manifest());
      }
    }
    return Answer.newBuilder().setObject(answer).build();
  }

  Answer list(ListObjects list) {
    return page(
        KeyPages.list(
            rows, list.getPrefix(), list.getDelimiter(), list.getStartAfter(), list.getMax()),
        false);
  }

  Answer list(ListVersions list) {
    // A marker with a version leads to what is behind that version: of a single one, the next key.
    return page(
        KeyPages.list(
            rows, list.getPrefix(), list.getDelimiter(), list.getKeyMarker(), list.getMax()),
        true);
  }

  private static Answer page(KeyPages.Page<Row> found, boolean versions) {
    ObjectPage.Builder page =
        ObjectPage.newBuilder()
            .addAllCommonPrefixes(found.commonPrefixes)
            .setTruncated(found.truncated)
            .setNext(found.next);
    for (Row row : found.entries) {
      page.addObjects(
          ListedObject.newBuilder().setKey(row.key()).setObject(row.version()).setIsLatest(true));
    }
    if (versions && found.truncated && !found.entries.isEmpty()) {
      ByteString last = found.entries.get(found.entries.size() - 1).key();
      page.setNextVersionId(last.equals(found.next) ? "null" : "");
    }
    return Answer.newBuilder().setObjects(page).build();
  }
}
