package io.sluice.app.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.app.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/** A node that is alone, with a copy of everything on each of two disks. */
class TwoDisksTest {
  private static final String BUCKET = "two-disks";
  private static final int OBJECTS = 3;
  private static final int BYTES = 1 << 20;
  private static final int FLIP_EVERY_BYTES = 100_000;

  @RegisterExtension static final TestServer SERVER = TestServer.withDisks("d2");

  /**
   * Bits that rot on one disk are mended from the other: else the same on that one would be the
   * end.
   */
  @Test
  void damagedCopies_areMendedFromTheOtherDisk() {
    try (S3Client s3 = SdkClients.sync(SERVER.endpoint())) {
      s3.createBucket(request -> request.bucket(BUCKET));
      for (int i = 0; i < OBJECTS; i++) {
        String key = "k" + i;
        s3.putObject(
            request -> request.bucket(BUCKET).key(key),
            RequestBody.fromBytes(SdkClients.random(i, BYTES)));
      }
      flipBits(SERVER.directory().resolve("d1"));
      Awaitility.await("all copies mended")
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(200))
          .until(
              () -> {
                requireAll(s3);
                return mended() >= OBJECTS;
              });
      flipBits(SERVER.directory().resolve("d2"));
      requireAll(s3);
    }
  }

  private static void requireAll(S3Client s3) {
    for (int i = 0; i < OBJECTS; i++) {
      String key = "k" + i;
      assertThat(s3.getObjectAsBytes(request -> request.bucket(BUCKET).key(key)).asByteArray())
          .isEqualTo(SdkClients.random(i, BYTES));
    }
  }

  private static double mended() throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(SERVER.endpoint() + "/_sluice/metrics")).build();
    return HttpClient.newHttpClient()
        .send(request, HttpResponse.BodyHandlers.ofString())
        .body()
        .lines()
        .filter(line -> line.startsWith("sluice_heal_chunks "))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
        .findFirst()
        .orElse(0);
  }

  private static void flipBits(Path disk) {
    try (var files = Files.list(disk.resolve("segments"))) {
      for (Path file : files.toList()) {
        try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
          for (long at = FLIP_EVERY_BYTES; at < channel.size(); at += FLIP_EVERY_BYTES) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, at);
            one.put(0, (byte) ~one.get(0)).rewind();
            channel.write(one, at);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
