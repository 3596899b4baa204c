package io.sluice.metadata.state;

import static io.sluice.metadata.state.Commands.chunk;
import static io.sluice.metadata.state.Commands.chunked;
import static io.sluice.metadata.state.Commands.copy;
import static io.sluice.metadata.state.Commands.copyObject;
import static io.sluice.metadata.state.Commands.delete;
import static io.sluice.metadata.state.Commands.deleteAll;
import static io.sluice.metadata.state.Commands.deletion;
import static io.sluice.metadata.state.Commands.ifAbsent;
import static io.sluice.metadata.state.Commands.ifMatch;
import static io.sluice.metadata.state.Commands.inline;
import static io.sluice.metadata.state.Commands.key;
import static io.sluice.metadata.state.Commands.put;
import static io.sluice.metadata.state.Commands.putChunks;
import static io.sluice.metadata.state.Commands.putInline;
import static io.sluice.metadata.state.Commands.putObject;
import static io.sluice.metadata.state.Shard.code;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.GarbagePage;
import io.sluice.storage.proto.ObjectAnswer;
import io.sluice.storage.proto.ObjectHeaders;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RefusalCode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ObjectCommandsTest {
  private static final ByteString A = chunk(Shard.START_MS, 1);
  private static final ByteString B = chunk(Shard.START_MS, 2);

  private Shard shard;

  @BeforeEach
  void open(@TempDir Path directory) {
    shard = new Shard(directory);
  }

  @AfterEach
  void close() {
    shard.close();
  }

  private ObjectAnswer get(String key) {
    Answer answer = shard.ask(Queries.object(key));
    assertThat(answer.getRefusal().getMessage()).isEmpty();
    return answer.getObject();
  }

  private RefusalCode refusal(String key) {
    return shard.ask(Queries.object(key)).getRefusal().getCode();
  }

  private GarbagePage garbage() {
    return shard.ask(Queries.garbage()).getGarbage();
  }

  /** INVARIANTS 3: who still has the id of a bucket that is gone must look its name up again. */
  @Test
  void queries_sealedBucket_areRefused() {
    shard.apply(Commands.seal(Commands.BUCKET));
    for (var query :
        List.of(
            Queries.object("key"),
            Queries.objects(Queries.listing("", "", 10)),
            Queries.upload("key", "id"),
            Queries.parts("key", "id", 0, 10))) {
      assertThat(shard.ask(query).getRefusal().getCode())
          .as(query.toString())
          .isEqualTo(RefusalCode.NO_SUCH_BUCKET);
    }
  }

  @Test
  void putObject_inline_isThereWithItsBytes() {
    Outcome outcome = shard.apply(putInline("k", "hello"));
    ObjectAnswer answer = get("k");
    assertThat(answer.getInlineData().toStringUtf8()).isEqualTo("hello");
    assertThat(answer.getObject().getSize()).isEqualTo(5);
    assertThat(answer.getObject().getNullVersion()).isTrue();
    assertThat(answer.getObject().getHeaders().getContentType()).isEqualTo("text/plain");
    assertThat(answer.getObject().getLastModifiedMs()).isEqualTo(shard.nowMs());
    assertThat(outcome.getObject())
        .isEqualTo(answer.getObject().toBuilder().clearHeaders().build());
  }

  @Test
  void putObject_chunks_isThereWithItsManifest() {
    shard.apply(putChunks("k", A, B));
    ObjectAnswer answer = get("k");
    assertThat(answer.getManifest().getWhole().getSlicesList())
        .extracting(slice -> slice.getChunkId())
        .containsExactly(A, B);
    assertThat(shard.ask(Queries.unreferenced(List.of(A, B))).getUnreferenced().getChunkIdsList())
        .isEmpty();
  }

  @Test
  void putObject_overChunks_leavesThemAsGarbage() {
    shard.apply(putChunks("k", A));
    shard.apply(putInline("k", "new"));
    assertThat(garbage().getItemsList())
        .singleElement()
        .satisfies(item -> assertThat(item.getChunkIdsList()).containsExactly(A));
    assertThat(garbage().getItems(0).getComplete()).isTrue();
  }

  @Test
  void putObject_overInline_leavesNothing() {
    shard.apply(putInline("k", "old"));
    shard.apply(putInline("k", "new"));
    assertThat(garbage().getItemsList()).isEmpty();
    assertThat(shard.dump().keySet()).filteredOn(row -> row.startsWith("INLINE")).hasSize(1);
  }

  @Test
  void putObject_ifNoneMatchStar_existingKey_isPreconditionFailed() {
    shard.apply(putInline("k", "first"));
    Outcome second =
        shard.apply(putObject(put("k", chunked(Commands.MIB, A)).setCondition(ifAbsent())));
    assertThat(code(second)).isEqualTo(RefusalCode.PRECONDITION_FAILED);
    assertThat(get("k").getInlineData().toStringUtf8()).isEqualTo("first");
    assertThat(shard.ask(Queries.unreferenced(List.of(A))).getUnreferenced().getChunkIdsList())
        .containsExactly(A);
  }

  @Test
  void putObject_ifMatch_otherETag_isPreconditionFailed() {
    shard.apply(putInline("k", "first"));
    ByteString data = ByteString.copyFromUtf8("x");
    assertThat(
            code(
                shard.apply(
                    putObject(
                        put("k", inline(data)).setInlineData(data).setCondition(ifMatch("no"))))))
        .isEqualTo(RefusalCode.PRECONDITION_FAILED);
  }

  @Test
  void putObject_ifMatch_sameETagOrStar_replaces() {
    String etag = shard.apply(putInline("k", "first")).getObject().getEtag();
    ByteString data = ByteString.copyFromUtf8("x");
    for (String condition : List.of(etag, "*")) {
      shard.apply(putInline("k", "first"));
      assertThat(
              shard
                  .apply(
                      putObject(
                          put("k", inline(data))
                              .setInlineData(data)
                              .setCondition(ifMatch("other", condition))))
                  .hasObject())
          .isTrue();
    }
  }

  @Test
  void putObject_ifMatch_missingKey_isNoSuchKey() {
    ByteString data = ByteString.copyFromUtf8("x");
    assertThat(
            code(
                shard.apply(
                    putObject(
                        put("k", inline(data)).setInlineData(data).setCondition(ifMatch("*"))))))
        .isEqualTo(RefusalCode.NO_SUCH_KEY);
  }

  @Test
  void putObject_chunkOfAnother_isRefused() {
    shard.apply(putChunks("k", A));
    assertThat(code(shard.apply(putChunks("other", A)))).isEqualTo(RefusalCode.INVALID_ARGUMENT);
    assertThat(refusal("other")).isEqualTo(RefusalCode.NO_SUCH_KEY);
  }

  @Test
  void putObject_slicesDontAddUp_isRefused() {
    assertThat(
            code(shard.apply(putObject(put("k", chunked(10, A).toBuilder().setSize(9).build())))))
        .isEqualTo(RefusalCode.INVALID_ARGUMENT);
  }

  @Test
  void putObject_keyWithNulOrTooLongOrEmpty_isRefused() {
    for (String key : List.of("a\0b", "", "x".repeat(1025))) {
      assertThat(code(shard.apply(putInline(key, "x")))).isEqualTo(RefusalCode.INVALID_ARGUMENT);
    }
  }

  @Test
  void copyObject_chunks_sharesThemUntilTheLastIsGone() {
    shard.apply(putChunks("a", A));
    shard.apply(copyObject(copy("a", "b")));
    shard.apply(copyObject(copy("b", "c")));
    assertThat(get("c").getManifest()).isEqualTo(get("a").getManifest());
    assertThat(get("c").getObject().getOwner()).isEqualTo("copier");
    shard.apply(delete("a"));
    shard.apply(delete("c"));
    assertThat(garbage().getItemsList()).isEmpty();
    shard.apply(delete("b"));
    assertThat(garbage().getItems(0).getChunkIdsList()).containsExactly(A);
  }

  @Test
  void copyObject_inline_ownsItsBytes() {
    shard.apply(putInline("a", "text"));
    shard.apply(copyObject(copy("a", "b")));
    shard.apply(delete("a"));
    assertThat(get("b").getInlineData().toStringUtf8()).isEqualTo("text");
  }

  @Test
  void copyObject_ontoItselfWithNewMetadata_keepsItsContent() {
    shard.apply(putChunks("a", A));
    shard.apply(putInline("i", "text"));
    for (String key : List.of("a", "i")) {
      shard.apply(
          copyObject(
              copy(key, key)
                  .setReplaceMetadata(true)
                  .setHeaders(ObjectHeaders.newBuilder().setContentType("new"))));
      assertThat(get(key).getObject().getHeaders().getContentType()).isEqualTo("new");
    }
    assertThat(get("i").getInlineData().toStringUtf8()).isEqualTo("text");
    assertThat(get("a").getManifest().getWhole().getSlices(0).getChunkId()).isEqualTo(A);
    assertThat(garbage().getItemsList()).isEmpty();
    shard.apply(delete("a"));
    assertThat(garbage().getItems(0).getChunkIdsList()).containsExactly(A);
  }

  @Test
  void copyObject_sourceReplacedMeanwhile_isConflict() {
    Outcome first = shard.apply(putInline("a", "1"));
    shard.apply(putInline("a", "2"));
    assertThat(
            code(
                shard.apply(
                    copyObject(copy("a", "b").setExpectedSource(first.getObject().getVersion())))))
        .isEqualTo(RefusalCode.CONFLICT);
  }

  @Test
  void copyObject_missingSource_isNoSuchKey() {
    assertThat(code(shard.apply(copyObject(copy("a", "b"))))).isEqualTo(RefusalCode.NO_SUCH_KEY);
  }

  @Test
  void deleteObject_missingKey_succeeds() {
    Outcome outcome = shard.apply(delete("k"));
    assertThat(outcome.hasDeleted()).isTrue();
    assertThat(outcome.getDeleted().getExisted()).isFalse();
  }

  @Test
  void deleteObject_otherVersion_leavesTheObject() {
    shard.apply(putInline("k", "x"));
    Outcome outcome =
        shard.apply(
            io.sluice.storage.proto.Command.newBuilder()
                .setDeleteObject(
                    deletion("k").setBucketId(Commands.BUCKET).setVersionId("someother")));
    assertThat(outcome.getDeleted().getExisted()).isFalse();
    assertThat(get("k").getObject().getSize()).isEqualTo(1);
  }

  @Test
  void deleteObjects_eachSucceedsOrIsRefusedByItself() {
    shard.apply(putInline("a", "x"));
    shard.apply(putChunks("b", A));
    Outcome outcome =
        shard.apply(
            deleteAll(
                List.of(
                    deletion("a").setCondition(ifMatch("other")).build(),
                    deletion("b").build(),
                    deletion("b").build(),
                    deletion("missing").build())));
    assertThat(outcome.getDeletedAll().getResultsList())
        .extracting(result -> result.getRefusal().getCode(), result -> result.getExisted())
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(RefusalCode.PRECONDITION_FAILED, false),
            org.assertj.core.groups.Tuple.tuple(RefusalCode.REFUSAL_UNSPECIFIED, true),
            org.assertj.core.groups.Tuple.tuple(RefusalCode.REFUSAL_UNSPECIFIED, false),
            org.assertj.core.groups.Tuple.tuple(RefusalCode.REFUSAL_UNSPECIFIED, false));
    assertThat(get("a").getObject().getSize()).isEqualTo(1);
    assertThat(garbage().getItemsList()).hasSize(1);
  }

  @Test
  void getObject_ofAnotherVersion_isNoSuchVersion() {
    shard.apply(putInline("k", "x"));
    var query = Queries.object("k");
    query.getGetObjectBuilder().setVersionId("other");
    assertThat(shard.ask(query).getRefusal().getCode()).isEqualTo(RefusalCode.NO_SUCH_VERSION);
    query.getGetObjectBuilder().setVersionId("null");
    assertThat(shard.ask(query).hasObject()).isTrue();
  }

  @Test
  void answerFromMemory_answersPointLookups_andLeavesTheRest() {
    shard.apply(putInline("k", "x"));
    assertThat(shard.state().answerFromMemory(Queries.object("k").build()).getObject())
        .isEqualTo(get("k"));
    assertThat(
            shard
                .state()
                .answerFromMemory(Queries.object("missing").build())
                .getRefusal()
                .getCode())
        .isEqualTo(RefusalCode.NO_SUCH_KEY);
    assertThat(shard.state().answerFromMemory(Queries.objects(Queries.listing("", "", 10)).build()))
        .isNull();
  }

  @Test
  void answerFromMemory_afterRestart_readsNothingFromDisk() {
    shard.apply(putInline("k", "x"));
    shard.flush();
    shard.reopen();
    assertThat(shard.state().answerFromMemory(Queries.object("k").build())).isNull();
    assertThat(get("k").getInlineData().toStringUtf8()).isEqualTo("x");
    assertThat(shard.state().answerFromMemory(Queries.object("k").build())).isNotNull();
  }

  @Test
  void changes_nameEveryChangedObject() {
    shard.apply(putInline("a", "x"));
    shard.apply(putInline("b", "x"));
    shard.apply(deleteAll(List.of(deletion("a").build(), deletion("b").build())));
    var status = shard.ask(Queries.status()).getStatus();
    assertThat(status.getOldestChange()).isEqualTo(1);
    assertThat(status.getNewestChange()).isEqualTo(3);
    assertThat(shard.dump().keySet()).filteredOn(row -> row.startsWith("CHANGES")).hasSize(4);
    shard.apply(
        io.sluice.storage.proto.Command.newBuilder()
            .setTrimChanges(io.sluice.storage.proto.TrimChanges.newBuilder().setBelowIndex(3)));
    assertThat(shard.ask(Queries.status()).getStatus().getOldestChange()).isEqualTo(3);
    assertThat(key("a")).isNotNull();
  }
}
