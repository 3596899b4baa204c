package io.sluice.metadata.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.sluice.storage.proto.ChunkSlice;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.GarbagePage;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Manifest;
import io.sluice.storage.proto.ObjectAnswer;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PartRef;
import io.sluice.storage.proto.PartRow;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random commands against a simple model; after each, everything that must hold is looked at.
 * Retries, crashes and replays are among them, and another peer that applies the same log.
 */
class ShardModelTest {
  private static final int COMMANDS = 250;

  private record Entry(LogPosition position, Command command) {}

  @TempDir private Path directory;
  private final ShardModel model = new ShardModel();
  private final List<Entry> log = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void apply_randomCommands_likeTheModel_onEveryPeer(long seed) {
    try (Shard shard = new Shard(directory.resolve("one"));
        Shard peer = new Shard(directory.resolve("two"))) {
      RandomCommands random = new RandomCommands(seed, model, shard);
      for (int i = 0; i < COMMANDS; i++) {
        Command command = shard.command(random.next());
        Outcome outcome = submit(shard, command);
        assertThat(outcome.getRefusal().getCode())
            .as("seed %s, command %s: %s", seed, i, command)
            .isEqualTo(model.apply(command));
        if (random.chance(8)) {
          assertThat(submit(shard, command)).isEqualTo(outcome);
        }
        if (random.chance(10)) {
          collect(shard);
        }
        if (random.chance(25)) {
          shard.flush();
        }
        if (random.chance(60)) {
          crashAndReplay(shard, "crash" + i, random);
        }
        check(shard, "seed " + seed + ", command " + i + ": " + command);
      }
      log.forEach(entry -> peer.applyAt(entry.position, entry.command));
      assertThat(peer.dump()).isEqualTo(shard.dump());
    }
  }

  private Outcome submit(Shard shard, Command command) {
    log.add(new Entry(shard.next(), command));
    return shard.apply(command);
  }

  private void collect(Shard shard) {
    GarbagePage page = shard.ask(Queries.garbage()).getGarbage();
    page.getItemsList().forEach(item -> model.forgotten.addAll(item.getChunkIdsList()));
    submit(shard, shard.command(Commands.forget(page)));
  }

  private void crashAndReplay(Shard shard, String name, RandomCommands random) {
    Map<String, ByteString> before = shard.dump();
    shard.crash(directory.resolve(name));
    int durable = 0;
    while (durable < log.size()
        && log.get(durable).position.getIndex() <= shard.state().applied().getIndex()) {
      durable++;
    }
    // The log begins again wherever its own snapshot is, which is never newer.
    for (Entry entry : log.subList(random.below(durable + 1), log.size())) {
      shard.applyAt(entry.position, entry.command);
    }
    assertThat(shard.dump()).isEqualTo(before);
  }

  private void check(Shard shard, String context) {
    var listed = shard.ask(Queries.objects(Queries.listing("", "", 1000))).getObjects();
    assertThat(listed.getObjectsList())
        .as(context)
        .extracting(object -> object.getKey().toStringUtf8())
        .containsExactlyElementsOf(model.objects.keySet());
    model.objects.forEach(
        (key, body) -> {
          ObjectAnswer answer = shard.ask(Queries.object(key)).getObject();
          assertThat(answer.getObject().getEtag()).as(context).isEqualTo(body.etag());
          assertThat(answer.getInlineData()).as(context).isEqualTo(body.inline());
          assertThat(chunksOf(shard, answer.getManifest())).as(context).isEqualTo(body.chunks());
        });
    checkChunks(shard, context);
  }

  private void checkChunks(Shard shard, String context) {
    Set<ByteString> garbage = new HashSet<>();
    GarbagePage page = shard.ask(Queries.garbage()).getGarbage();
    page.getItemsList().forEach(item -> garbage.addAll(item.getChunkIdsList()));
    assertThat(garbage).as(context).isEqualTo(model.garbage());

    Map<String, ByteString> rows = shard.dump();
    assertThat(shard.ask(Queries.status()).getStatus().getGarbage())
        .as(context)
        .isEqualTo(count(rows, "GARBAGE"))
        .isEqualTo(page.getItemsCount());
    Set<ByteString> named = new HashSet<>(model.live());
    named.addAll(model.garbage());
    assertThat(
            rows.keySet().stream()
                .filter(row -> row.startsWith("CHUNKS "))
                .map(row -> ByteString.fromHex(row.substring("CHUNKS ".length())))
                .collect(Collectors.toSet()))
        .as(context)
        .isEqualTo(named);
    assertThat(count(rows, "INLINE"))
        .as(context)
        .isEqualTo(model.objects.values().stream().filter(b -> !b.inline().isEmpty()).count());
    assertThat(count(rows, "UPLOADS")).as(context).isEqualTo(model.uploads.size());
  }

  private static long count(Map<String, ByteString> rows, String family) {
    return rows.keySet().stream().filter(row -> row.startsWith(family + " ")).count();
  }

  private static List<ByteString> chunksOf(Shard shard, Manifest manifest) {
    List<ByteString> chunks = new ArrayList<>();
    manifest.getWhole().getSlicesList().stream().map(ChunkSlice::getChunkId).forEach(chunks::add);
    List<LogPosition> ids =
        manifest.getParts().getPartsList().stream().map(PartRef::getId).toList();
    for (PartRow row : shard.ask(Queries.partRows(ids)).getParts().getRowsList()) {
      row.getPart().getSlicesList().stream().map(ChunkSlice::getChunkId).forEach(chunks::add);
    }
    return chunks;
  }
}
