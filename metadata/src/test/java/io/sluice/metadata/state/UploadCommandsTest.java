package io.sluice.metadata.state;

import static io.sluice.metadata.state.Commands.MIB;
import static io.sluice.metadata.state.Commands.abort;
import static io.sluice.metadata.state.Commands.chunk;
import static io.sluice.metadata.state.Commands.chunked;
import static io.sluice.metadata.state.Commands.clientPart;
import static io.sluice.metadata.state.Commands.complete;
import static io.sluice.metadata.state.Commands.completion;
import static io.sluice.metadata.state.Commands.copy;
import static io.sluice.metadata.state.Commands.copyObject;
import static io.sluice.metadata.state.Commands.createUpload;
import static io.sluice.metadata.state.Commands.delete;
import static io.sluice.metadata.state.Commands.forget;
import static io.sluice.metadata.state.Commands.hex;
import static io.sluice.metadata.state.Commands.ifAbsent;
import static io.sluice.metadata.state.Commands.number;
import static io.sluice.metadata.state.Commands.putInline;
import static io.sluice.metadata.state.Commands.putPart;
import static io.sluice.metadata.state.Commands.seal;
import static io.sluice.metadata.state.Shard.code;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.sluice.storage.proto.Checksum;
import io.sluice.storage.proto.ChecksumAlgorithm;
import io.sluice.storage.proto.ChecksumType;
import io.sluice.storage.proto.ClientPart;
import io.sluice.storage.proto.CompleteUpload;
import io.sluice.storage.proto.GarbagePage;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PartRef;
import io.sluice.storage.proto.RefusalCode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UploadCommandsTest {
  private static final ByteString A = chunk(Shard.START_MS, 1);
  private static final ByteString B = chunk(Shard.START_MS, 2);
  private static final ByteString C = chunk(Shard.START_MS, 3);
  private static final Part PART_A = chunked(5 * MIB, A);
  private static final Part PART_B = chunked(5 * MIB, B);
  private static final Part SMALL_C = chunked(10, C);

  private Shard shard;

  @BeforeEach
  void open(@TempDir Path directory) {
    shard = new Shard(directory);
  }

  @AfterEach
  void close() {
    shard.close();
  }

  private List<ByteString> garbageChunks() {
    return shard.ask(Queries.garbage()).getGarbage().getItemsList().stream()
        .flatMap(item -> item.getChunkIdsList().stream())
        .toList();
  }

  private void uploadThree() {
    shard.apply(createUpload("k", "u"));
    shard.apply(putPart("k", "u", 1, PART_A));
    shard.apply(putPart("k", "u", 2, PART_B));
    shard.apply(putPart("k", "u", 7, SMALL_C));
  }

  private long rows(String family) {
    return shard.dump().keySet().stream().filter(row -> row.startsWith(family + " ")).count();
  }

  @Test
  void completeUpload_listedPartsInOrder_makeTheObject() {
    uploadThree();
    Outcome outcome =
        shard.apply(complete(completion("k", "u", clientPart(1, PART_A), clientPart(7, SMALL_C))));
    ObjectVersion object = outcome.getObject();
    assertThat(object.getSize()).isEqualTo(5 * MIB + 10);
    assertThat(object.getPartCount()).isEqualTo(2);
    assertThat(object.getEtag())
        .isEqualTo(hex(Commands.md5(PART_A.getMd5().concat(SMALL_C.getMd5()))) + "-2");
    var answer = shard.ask(Queries.object("k")).getObject();
    assertThat(answer.getManifest().getParts().getPartsList())
        .extracting(PartRef::getNumber)
        .containsExactly(1, 7);
    var rows =
        shard.ask(
            Queries.partRows(
                answer.getManifest().getParts().getPartsList().stream()
                    .map(PartRef::getId)
                    .toList()));
    assertThat(rows.getParts().getRowsList())
        .extracting(row -> row.getPart())
        .containsExactly(PART_A, SMALL_C);
    assertThat(garbageChunks()).containsExactly(B);
    assertThat(shard.ask(Queries.upload("k", "u")).getRefusal().getCode())
        .isEqualTo(RefusalCode.NO_SUCH_UPLOAD);
    assertThat(rows("UPLOAD_PARTS")).isZero();
  }

  @Test
  void completeUpload_again_isNoSuchUpload_butARetryGetsItsOutcome() {
    uploadThree();
    var command = shard.command(complete(completion("k", "u", clientPart(1, PART_A))));
    Outcome first = shard.apply(command);
    assertThat(shard.apply(command)).isEqualTo(first);
    assertThat(code(shard.apply(complete(completion("k", "u", clientPart(1, PART_A))))))
        .isEqualTo(RefusalCode.NO_SUCH_UPLOAD);
  }

  @Test
  void completeUpload_outOfOrderOrTwice_isInvalidPartOrder() {
    uploadThree();
    for (CompleteUpload.Builder bad :
        List.of(
            completion("k", "u", clientPart(2, PART_B), clientPart(1, PART_A)),
            completion("k", "u", clientPart(1, PART_A), clientPart(1, PART_A)))) {
      assertThat(code(shard.apply(complete(bad)))).isEqualTo(RefusalCode.INVALID_PART_ORDER);
    }
  }

  @Test
  void completeUpload_unknownPartOrOtherETagOrChecksum_isInvalidPart() {
    uploadThree();
    ClientPart withChecksum =
        clientPart(1, PART_A).toBuilder()
            .addChecksums(
                Checksum.newBuilder().setAlgorithm(ChecksumAlgorithm.CRC32C).setValue(number(1, 4)))
            .build();
    for (ClientPart bad : List.of(clientPart(3, PART_A), clientPart(1, PART_B), withChecksum)) {
      assertThat(code(shard.apply(complete(completion("k", "u", bad)))))
          .isEqualTo(RefusalCode.INVALID_PART);
    }
  }

  @Test
  void completeUpload_smallPartBeforeTheLast_isPartTooSmall() {
    uploadThree();
    shard.apply(putPart("k", "u", 9, chunked(6, chunk(Shard.START_MS, 9))));
    Outcome outcome =
        shard.apply(
            complete(
                completion(
                    "k",
                    "u",
                    clientPart(7, SMALL_C),
                    clientPart(9, chunked(6, chunk(Shard.START_MS, 9))))));
    assertThat(code(outcome)).isEqualTo(RefusalCode.PART_TOO_SMALL);
    assertThat(outcome.getRefusal().getFieldsMap())
        .containsEntry("PartNumber", "7")
        .containsEntry("ETag", hex(SMALL_C.getMd5()))
        .containsEntry("MinSizeAllowed", "5242880")
        .containsEntry("ProposedSize", "10");
  }

  @Test
  void completeUpload_ifNoneMatchStar_existingKey_isPreconditionFailed_andTheUploadStays() {
    uploadThree();
    shard.apply(putInline("k", "other"));
    assertThat(
            code(
                shard.apply(
                    complete(
                        completion("k", "u", clientPart(1, PART_A)).setCondition(ifAbsent())))))
        .isEqualTo(RefusalCode.PRECONDITION_FAILED);
    assertThat(shard.ask(Queries.parts("k", "u", 0, 10)).getPartPage().getPartsCount())
        .isEqualTo(3);
  }

  @Test
  void completeUpload_otherSizeThanDeclared_isRefused() {
    uploadThree();
    var completion = completion("k", "u", clientPart(1, PART_A));
    assertThat(code(shard.apply(complete(completion.setExpectedSize(5 * MIB)))))
        .isEqualTo(RefusalCode.OBJECT_SIZE_MISMATCH);
    assertThat(shard.apply(complete(completion.setExpectedSize(5 * MIB + 1))).hasObject()).isTrue();
  }

  private static Part withCrc32c(Part part, long crc) {
    return part.toBuilder()
        .addChecksums(
            Checksum.newBuilder().setAlgorithm(ChecksumAlgorithm.CRC32C).setValue(number(crc, 4)))
        .build();
  }

  private static long crc32c(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return crc.getValue();
  }

  @Test
  void completeUpload_fullObjectCrc_isThatOfTheBytes() {
    byte[] all = new byte[(int) (5 * MIB) + 10];
    new java.util.Random(1).nextBytes(all);
    byte[] head = java.util.Arrays.copyOf(all, (int) (5 * MIB));
    byte[] tail = java.util.Arrays.copyOfRange(all, (int) (5 * MIB), all.length);
    shard.apply(createUpload("k", "u", ChecksumAlgorithm.CRC32C, ChecksumType.FULL_OBJECT));
    Part first = withCrc32c(PART_A, crc32c(head));
    Part second = withCrc32c(SMALL_C, crc32c(tail));
    shard.apply(putPart("k", "u", 1, first));
    shard.apply(putPart("k", "u", 2, second));
    var completion = completion("k", "u", clientPart(1, first), clientPart(2, second));
    Checksum right =
        Checksum.newBuilder()
            .setAlgorithm(ChecksumAlgorithm.CRC32C)
            .setType(ChecksumType.FULL_OBJECT)
            .setValue(number(crc32c(all), 4))
            .build();
    Checksum wrong = right.toBuilder().setValue(number(1, 4)).build();
    assertThat(code(shard.apply(complete(completion.clone().addExpectedChecksums(wrong)))))
        .isEqualTo(RefusalCode.CHECKSUM_MISMATCH);
    Outcome outcome = shard.apply(complete(completion.clone().addExpectedChecksums(right)));
    assertThat(outcome.getObject().getChecksumsList()).containsExactly(right);
  }

  @Test
  void completeUpload_compositeCrc_isThatOfTheCrcsOfTheParts() {
    shard.apply(createUpload("k", "u", ChecksumAlgorithm.CRC32C, ChecksumType.COMPOSITE));
    Part first = withCrc32c(PART_A, 0x01020304);
    Part second = withCrc32c(SMALL_C, 0x05060708);
    shard.apply(putPart("k", "u", 1, first));
    shard.apply(putPart("k", "u", 2, second));
    Outcome outcome =
        shard.apply(complete(completion("k", "u", clientPart(1, first), clientPart(2, second))));
    assertThat(outcome.getObject().getChecksumsList())
        .containsExactly(
            Checksum.newBuilder()
                .setAlgorithm(ChecksumAlgorithm.CRC32C)
                .setType(ChecksumType.COMPOSITE)
                .setValue(number(crc32c(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}), 4))
                .setParts(2)
                .build());
  }

  @Test
  void putPart_sameNumber_replacesIt() {
    uploadThree();
    Part replacement = chunked(6 * MIB, chunk(Shard.START_MS, 8));
    shard.apply(putPart("k", "u", 1, replacement));
    assertThat(garbageChunks()).containsExactly(A);
    assertThat(code(shard.apply(complete(completion("k", "u", clientPart(1, PART_A))))))
        .isEqualTo(RefusalCode.INVALID_PART);
    assertThat(
            shard
                .apply(complete(completion("k", "u", clientPart(1, replacement))))
                .getObject()
                .getSize())
        .isEqualTo(6 * MIB);
  }

  @Test
  void putPart_unknownUploadOrNumber_isRefused() {
    assertThat(code(shard.apply(putPart("k", "u", 1, PART_A))))
        .isEqualTo(RefusalCode.NO_SUCH_UPLOAD);
    shard.apply(createUpload("k", "u"));
    for (int number : new int[] {0, 10_001, -1}) {
      assertThat(code(shard.apply(putPart("k", "u", number, PART_A))))
          .isEqualTo(RefusalCode.INVALID_ARGUMENT);
    }
  }

  @Test
  void abortUpload_leavesAllItsPartsAsOneItem() {
    uploadThree();
    shard.apply(abort("k", "u"));
    GarbagePage page = shard.ask(Queries.garbage()).getGarbage();
    assertThat(page.getItemsList()).hasSize(1);
    assertThat(page.getItems(0).getChunkIdsList()).containsExactly(A, B, C);
    assertThat(code(shard.apply(putPart("k", "u", 1, PART_A))))
        .isEqualTo(RefusalCode.NO_SUCH_UPLOAD);
    assertThat(code(shard.apply(abort("k", "u")))).isEqualTo(RefusalCode.NO_SUCH_UPLOAD);
    shard.apply(forget(page));
    assertThat(rows("PARTS") + rows("CHUNKS") + rows("UPLOAD_PARTS") + rows("GARBAGE")).isZero();
  }

  @Test
  void sealBucket_withUploads_dropsThem_andRefusesEveryWriteForEver() {
    uploadThree();
    shard.apply(putInline("k", "x"));
    assertThat(code(shard.apply(seal(Commands.BUCKET)))).isEqualTo(RefusalCode.BUCKET_NOT_EMPTY);
    shard.apply(delete("k"));
    assertThat(shard.apply(seal(Commands.BUCKET)).hasDone()).isTrue();
    assertThat(shard.apply(seal(Commands.BUCKET)).hasDone()).isTrue();
    assertThat(garbageChunks()).containsExactlyInAnyOrder(A, B, C);

    ByteString data = ByteString.copyFromUtf8("x");
    for (var write :
        List.of(
            putInline("k", "x"),
            copyObject(copy("k", "l")),
            delete("k"),
            Commands.deleteAll(List.of()),
            createUpload("k", "u2"),
            putPart("k", "u", 1, chunked(10, chunk(Shard.START_MS, 50))),
            complete(completion("k", "u", clientPart(1, PART_A))),
            abort("k", "u"))) {
      assertThat(code(shard.apply(write)))
          .as(write.getBodyCase().name())
          .isEqualTo(RefusalCode.NO_SUCH_BUCKET);
    }
    assertThat(data).isNotNull();
    shard.apply(forget(shard.ask(Queries.garbage()).getGarbage()));
    assertThat(rows("PARTS") + rows("CHUNKS") + rows("UPLOAD_PARTS") + rows("UPLOADS")).isZero();
  }

  /** INVARIANTS 12: nothing grows without bound. */
  @Test
  void tenThousandParts_areCompletedCopiedDeletedAndForgotten_inBoundedSteps() {
    int parts = 10_000;
    int chunksPerPart = 3;
    List<ClientPart> listed = new ArrayList<>();
    shard.apply(createUpload("big", "u"));
    Set<ByteString> chunks = new HashSet<>();
    for (int i = 1; i <= parts; i++) {
      ByteString[] ids = new ByteString[chunksPerPart];
      for (int c = 0; c < chunksPerPart; c++) {
        ids[c] = chunk(Shard.START_MS, (long) i * chunksPerPart + c);
        chunks.add(ids[c]);
      }
      Part part = withCrc32c(chunked(6 * MIB, ids), i);
      shard.apply(putPart("big", "u", i, part));
      listed.add(clientPart(i, part).toBuilder().addAllChecksums(part.getChecksumsList()).build());
    }
    var command =
        shard.command(complete(completion("big", "u", listed.toArray(new ClientPart[0]))));
    assertThat(command.getSerializedSize()).isLessThan(4 << 20);
    Outcome outcome = shard.apply(command);
    assertThat(outcome.getObject().getPartCount()).isEqualTo(parts);
    assertThat(outcome.getSerializedSize()).isLessThan(1 << 10);
    var answer = shard.ask(Queries.object("big"));
    assertThat(answer.getSerializedSize()).isLessThan(4 << 20);

    var listing = shard.ask(Queries.objects(Queries.listing("", "", 10)));
    assertThat(listing.getSerializedSize()).isLessThan(1 << 10);
    shard.apply(copyObject(copy("big", "copy")));
    shard.apply(delete("big"));
    assertThat(shard.ask(Queries.status()).getStatus().getGarbage()).isZero();
    shard.apply(delete("copy"));
    assertThat(shard.ask(Queries.status()).getStatus().getGarbage()).isEqualTo(1);

    Set<ByteString> collected = new HashSet<>();
    int pages = 0;
    while (shard.ask(Queries.status()).getStatus().getGarbage() > 0) {
      GarbagePage page = shard.ask(Queries.garbage()).getGarbage();
      assertThat(page.getItems(0).getChunkIdsCount()).isLessThanOrEqualTo(10_002);
      collected.addAll(page.getItems(0).getChunkIdsList());
      shard.apply(forget(page));
      shard.apply(forget(page)); // a second leader may do it again
      pages++;
    }
    assertThat(pages).isEqualTo(3);
    assertThat(collected).isEqualTo(chunks);
    assertThat(rows("PARTS") + rows("CHUNKS") + rows("MANIFESTS")).isZero();
  }
}
