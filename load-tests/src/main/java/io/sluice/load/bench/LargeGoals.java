package io.sluice.load.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Objects of 64 MiB against bare handlers that move as many bytes. */
final class LargeGoals {

  private static final long SIZE = 64L * 1024 * 1024;
  private static final String BUCKET = "compare-large";
  private static final double RANDOM_UPLOAD_MIN = 0.75;
  private static final double TEXT_UPLOAD_MIN = 0.6;
  private static final double DOWNLOAD_MIN = 0.75;

  private final Driver ours;
  private final Driver bare;
  private final long operations;
  private final Payload random = Payload.of(Payload.Kind.RANDOM);
  private final Payload text = Payload.of(Payload.Kind.TEXT);

  private LargeGoals(Driver ours, Driver bare, long roundBytes) {
    this.ours = ours;
    this.bare = bare;
    this.operations = Math.max(4, roundBytes / SIZE);
  }

  static List<Goal> all(Driver ours, Driver bare, long roundBytes) throws IOException {
    LargeGoals large = new LargeGoals(ours, bare, roundBytes);
    ours.createBucket(BUCKET);
    List<Goal> goals = new ArrayList<>();
    for (int streams : new int[] {1, 4}) {
      goals.add(large.upload("random", large.random, streams, RANDOM_UPLOAD_MIN, "bare-md5"));
    }
    for (int streams : new int[] {1, 4}) {
      goals.add(large.upload("text", large.text, streams, TEXT_UPLOAD_MIN, "bare-zstd"));
    }
    for (int streams : new int[] {1, 4}) {
      goals.add(large.download(streams));
    }
    return goals;
  }

  private Goal upload(String kind, Payload payload, int streams, double ratioMin, String handler) {
    return new Goal(
        "PUT 64 MiB " + kind + ", " + streams + " streams",
        "MB/s",
        ratioMin,
        () -> put(ours, BUCKET, payload, streams),
        () -> put(bare, handler, payload, streams),
        List.of(),
        // Not sooner: the handler's next files would get their pages, still mapped and warm, while
        // a store that keeps what it was given must have new ones from the machine.
        () -> bare.rate("clean", ""));
  }

  private double put(Driver driver, String bucket, Payload payload, int streams)
      throws IOException {
    return driver
        .measure("PUT", bucket, payload, SIZE, extent(streams), s3 -> s3.put(streams))
        .megabytesPerSecond();
  }

  private Goal download(int streams) {
    return new Goal(
        "GET 64 MiB random, " + streams + " streams",
        "MB/s",
        DOWNLOAD_MIN,
        new Goal.Rate() {
          private boolean filled;

          @Override
          public double measure() throws IOException {
            if (!filled) {
              // The text uploads wrote the same keys.
              put(ours, BUCKET, random, streams);
              filled = true;
            }
            return get(ours, BUCKET, streams);
          }
        },
        () -> get(bare, "bare-pipe", streams),
        List.of(new Goal.NamedRate("sendFile", () -> get(bare, "bare-sendfile", streams))));
  }

  private double get(Driver driver, String bucket, int streams) throws IOException {
    return driver
        .measure("GET", bucket, random, SIZE, extent(streams), s3 -> s3.get(streams))
        .megabytesPerSecond();
  }

  private LoadRun.Extent extent(int streams) {
    return LoadRun.Extent.ofOperations(streams, operations);
  }
}
