package io.sluice.metadata.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ObjectAnswer;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PartRef;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RestoreCopy;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An object as it was in another shard, of bytes that were stored for it in this one. */
class RestoreCopyTest {
  private static final long THEN_MS = Shard.START_MS - 1_000_000;
  private static final Part PART =
      Commands.chunked(Commands.MIB, Commands.chunk(Shard.START_MS, 1));

  private Shard shard;

  @BeforeEach
  void open(@TempDir Path directory) {
    shard = Shard.withHistory(directory);
  }

  @AfterEach
  void close() {
    shard.close();
  }

  private static ObjectVersion.Builder object(long size) {
    return ObjectVersion.newBuilder()
        .setVersion(LogPosition.newBuilder().setEpoch(9).setIndex(9))
        .setManifest(LogPosition.newBuilder().setEpoch(9).setIndex(9))
        .setSize(size)
        .setEtag("etag")
        .setOwner("eve")
        .setLastModifiedMs(THEN_MS);
  }

  private static RestoreCopy.Builder restore(Part part) {
    return RestoreCopy.newBuilder()
        .setBucketId(Commands.BUCKET)
        .setKey(Commands.key("k"))
        .setObject(object(part.getSize()))
        .setPart(part);
  }

  private static RestoreCopy.Builder restoreParts(long size, LogPosition... parts) {
    RestoreCopy.Builder restore =
        RestoreCopy.newBuilder()
            .setBucketId(Commands.BUCKET)
            .setKey(Commands.key("k"))
            .setObject(object(size))
            .setUploadId("u");
    for (LogPosition part : parts) {
      restore.addParts(part);
    }
    return restore;
  }

  private static Command.Builder command(RestoreCopy.Builder restore) {
    return Command.newBuilder().setRestoreCopy(restore);
  }

  private RefusalCode refused(RestoreCopy.Builder restore) {
    return shard.apply(command(restore)).getRefusal().getCode();
  }

  private void applied(RestoreCopy.Builder restore) {
    assertThat(shard.apply(command(restore)).hasRefusal()).isFalse();
  }

  private ObjectAnswer found() {
    return shard.ask(Queries.object("k")).getObject();
  }

  private LogPosition putPart(int number, Part part) {
    return shard.apply(Commands.putPart("k", "u", number, part)).getPart().getId();
  }

  @Test
  void restoreCopy_inOnePiece_isAsItWas_underAPositionOfThisShard() {
    applied(restore(PART));
    ObjectVersion is = found().getObject();
    assertThat(is.getLastModifiedMs()).isEqualTo(THEN_MS);
    assertThat(is.getOwner()).isEqualTo("eve");
    assertThat(is.getVersion()).isEqualTo(shard.state().applied());
    assertThat(found().getManifest().getWhole()).isEqualTo(PART);
    shard.apply(Commands.delete("k"));
    assertThat(shard.ask(Queries.garbage()).getGarbage().getItemsList()).hasSize(1);
  }

  @Test
  void restoreCopy_inline_hasItsBytes() {
    ByteString data = ByteString.copyFromUtf8("text");
    applied(restore(Commands.inline(data)).setInlineData(data));
    assertThat(found().getInlineData()).isEqualTo(data);
  }

  @Test
  void restoreCopy_inParts_takesThoseOfTheUpload() {
    shard.apply(Commands.createUpload("k", "u"));
    LogPosition first = putPart(1, PART);
    LogPosition third =
        putPart(3, Commands.chunked(Commands.MIB, Commands.chunk(Shard.START_MS, 2)));
    assertThat(refused(restoreParts(2 * Commands.MIB, first))).isEqualTo(RefusalCode.INVALID_PART);
    assertThat(refused(restoreParts(2 * Commands.MIB, first, third, third)))
        .isEqualTo(RefusalCode.INVALID_PART);
    assertThat(refused(restoreParts(2 * Commands.MIB, third, first)))
        .isEqualTo(RefusalCode.INVALID_PART);
    assertThat(refused(restoreParts(Commands.MIB, first, third)))
        .isEqualTo(RefusalCode.INVALID_PART);
    applied(restoreParts(2 * Commands.MIB, first, third));
    assertThat(found().getManifest().getParts().getPartsList())
        .extracting(PartRef::getNumber)
        .containsExactly(1, 3);
    assertThat(found().getObject().getPartCount()).isEqualTo(2);
    assertThat(refused(restoreParts(2 * Commands.MIB, first, third)))
        .as("the upload is over")
        .isEqualTo(RefusalCode.CONFLICT);
  }

  @Test
  void restoreCopy_partThatIsNotNamed_isLetGo() {
    shard.apply(Commands.createUpload("k", "u"));
    LogPosition first = putPart(1, PART);
    putPart(2, Commands.chunked(Commands.MIB, Commands.chunk(Shard.START_MS, 2)));
    applied(restoreParts(Commands.MIB, first));
    assertThat(found().getManifest().getParts().getPartsList())
        .extracting(PartRef::getNumber)
        .containsExactly(1);
    assertThat(shard.ask(Queries.garbage()).getGarbage().getItemsList()).hasSize(1);
  }

  @Test
  void restoreCopy_writtenSinceTheCallerLooked_isRefused() {
    shard.apply(Commands.putInline("k", "newer"));
    assertThat(refused(restore(PART))).isEqualTo(RefusalCode.CONFLICT);
    applied(restore(PART).setExpected(shard.state().applied().toBuilder().setIndex(foundIndex())));
  }

  private long foundIndex() {
    return found().getObject().getVersion().getIndex();
  }

  @Test
  void restoreCopy_badInput_isRefused_andChangesNothing() {
    assertThat(refused(restore(PART).setObject(object(1)))).isEqualTo(RefusalCode.INVALID_ARGUMENT);
    assertThat(refused(restore(PART).setBucketId(0))).isEqualTo(RefusalCode.INVALID_ARGUMENT);
    assertThat(refused(restore(PART).setKey(ByteString.EMPTY)))
        .isEqualTo(RefusalCode.INVALID_ARGUMENT);
    assertThat(refused(restore(PART).clearPart().setUploadId("none")))
        .isEqualTo(RefusalCode.NO_SUCH_UPLOAD);
    shard.apply(Commands.raiseHorizon(Shard.START_MS + 1));
    assertThat(refused(restore(PART))).isEqualTo(RefusalCode.CHUNK_BELOW_HORIZON);
    assertThat(shard.ask(Queries.object("k")).getRefusal().getCode())
        .isEqualTo(RefusalCode.NO_SUCH_KEY);
    shard.apply(Commands.seal(Commands.BUCKET));
    assertThat(refused(restore(PART))).isEqualTo(RefusalCode.NO_SUCH_BUCKET);
  }

  @Test
  void restoreCopy_formatWithoutAHistory_isRefused(@TempDir Path other) {
    try (Shard old = new Shard(other)) {
      assertThat(old.apply(command(restore(PART))).getRefusal().getCode())
          .isEqualTo(RefusalCode.FORMAT_NOT_ACTIVE);
    }
  }
}
