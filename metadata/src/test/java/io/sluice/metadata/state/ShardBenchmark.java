package io.sluice.metadata.state;

import com.google.protobuf.ByteString;
import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.ExportRows;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RaiseFormat;
import io.sluice.storage.proto.ThingName;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * A quick measure of the hot paths, run by hand: {@code main}. One thread; prints what it finds.
 * The first round of each is the warm-up.
 */
final class ShardBenchmark {
  private static final int INLINE_BYTES = 4 << 10;
  private static final int PUTS = 200_000;
  private static final int GETS = 500_000;
  private static final int ROUNDS = 3;
  private static final int PAGE = 1000;
  private static final int EXPORTED = 100_000;

  /** As a server of four shards has them, all for one. */
  private static final long CACHE_BYTES = 96 << 20;

  private static final long WRITE_BUFFER_BYTES = 48 << 20;

  private ShardBenchmark() {}

  public static void main(String[] args) throws Exception {
    if (List.of(args).contains("exports")) {
      exports();
      return;
    }
    Path directory = Files.createTempDirectory("shard-benchmark");
    try (Shard shard = new Shard(directory, CACHE_BYTES, WRITE_BUFFER_BYTES)) {
      for (int round = 0; round < ROUNDS; round++) {
        puts(shard, round);
      }
      for (int round = 0; round < ROUNDS; round++) {
        gets(shard);
      }
    }
    for (int keys : new int[] {10_000, 1_000_000}) {
      try (Shard shard =
          new Shard(
              Files.createTempDirectory("shard-benchmark"), CACHE_BYTES, WRITE_BUFFER_BYTES)) {
        listings(shard, keys);
      }
    }
  }

  private static void puts(Shard shard, int round) {
    byte[] bytes = new byte[INLINE_BYTES];
    new Random(round).nextBytes(bytes);
    ByteString data = ByteString.copyFrom(bytes);
    List<Command> commands = new ArrayList<>(PUTS);
    for (int i = 0; i < PUTS; i++) {
      commands.add(
          shard.command(
              Commands.putObject(
                  Commands.put("key/" + (i * 7919L % PUTS), Commands.inline(data))
                      .setInlineData(data))));
    }
    long start = cpuNs();
    for (Command command : commands) {
      shard.apply(command);
    }
    print("apply PutObject 4 KiB inline", PUTS, start);
  }

  private static void gets(Shard shard) {
    List<Query> queries = new ArrayList<>();
    Random random = new Random(1);
    for (int i = 0; i < 2000; i++) {
      queries.add(Queries.object("key/" + random.nextInt(PUTS)).build());
    }
    long misses = 0;
    long start = cpuNs();
    for (int i = 0; i < GETS; i++) {
      Query query = queries.get(i % queries.size());
      if (shard.state().answerFromMemory(query) == null) {
        misses++;
        shard.ask(query.toBuilder());
      }
    }
    print("answerFromMemory GetObject 4 KiB, " + misses + " not in memory,", GETS, start);
  }

  private static void listings(Shard shard, int keys) {
    for (int i = 0; i < keys; i++) {
      shard.apply(Commands.putInline(String.format("dir%03d/key%07d", i % 100, i), "x"));
    }
    shard.flush();
    for (int round = 0; round < ROUNDS; round++) {
      long start = cpuNs();
      int pages = 0;
      var listing = Queries.listing("", "", PAGE);
      for (; pages < 10; pages++) {
        var page = shard.ask(Queries.objects(listing)).getObjects();
        listing.setStartAfter(page.getNext());
      }
      print("page of 1,000 of " + keys + " keys", pages, start);
      start = cpuNs();
      for (int i = 0; i < 10; i++) {
        shard.ask(Queries.objects(Queries.listing("", "/", PAGE)));
      }
      print("page of 100 common prefixes over " + keys + " keys", 10, start);
    }
  }

  /** Pages of a backup: each holds up a thread that answers clients' questions too. */
  private static void exports() throws Exception {
    Path directory = Files.createTempDirectory("shard-benchmark");
    try (Shard shard = new Shard(directory, CACHE_BYTES, WRITE_BUFFER_BYTES)) {
      shard.apply(
          Command.newBuilder()
              .setRaiseFormat(RaiseFormat.newBuilder().setFormat(FormatRange.HISTORY)));
      LogPosition began = shard.state().applied();
      for (int i = 0; i < EXPORTED; i++) {
        shard.apply(
            Commands.putChunks("dir/key%07d".formatted(i), Commands.chunk(shard.nowMs(), i)));
      }
      shard.flush();
      LogPosition now = shard.state().applied();
      for (int round = 0; round < ROUNDS; round++) {
        long start = cpuNs();
        int pages = EXPORTED / PAGE;
        Exports.rows(shard, ExportRows.newBuilder().setAt(now).setAll(Exports.EVERYTHING.get(3)));
        print("page of an export", pages, start);
        start = cpuNs();
        List<ThingName> changed = Exports.changed(shard, began, now, 0);
        print("page of changes", pages, start);
        start = cpuNs();
        Exports.ofNamed(shard, now, changed.subList(0, PAGE), 0);
        print("page of 1,000 named things", 1, start);
      }
    }
  }

  /** Of this thread: what it costs, whatever else the machine is doing. */
  private static long cpuNs() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static void print(String what, long count, long startNs) {
    double seconds = (cpuNs() - startNs) / 1e9;
    System.out.printf(
        Locale.ROOT, "%s: %,.0f/s, %.1f us each%n", what, count / seconds, seconds / count * 1e6);
  }
}
