package io.sluice.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.app.TestServer;
import io.sluice.app.config.ServerOptions;
import io.sluice.app.node.StartupException;
import io.sluice.gateway.admin.AdminCall;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.storage.Layout;
import io.vertx.core.MultiMap;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** The disks of a node that is alone: swapped, added, lost, replaced by empty ones. */
class LoneDisksTest {
  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final String BUCKET = "kept";
  private static final byte[] BODY = new byte[5 << 20];

  static {
    new Random(3).nextBytes(BODY);
  }

  @TempDir Path directory;

  private RunningServer start(String disks, String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("--address", "127.0.0.1:0", "--disk-out", "1s"));
    if (!List.of(more).contains("--metadata-dir")) {
      arguments.addAll(List.of("--metadata-dir", directory.resolve("m").toString()));
    }
    for (int i = 0; i < disks.length(); i++) {
      arguments.addAll(List.of("--data", disk(disks.charAt(i)).toString()));
    }
    arguments.addAll(List.of(more));
    ServerOptions options =
        CommandLine.populateCommand(new ServerOptions(), arguments.toArray(String[]::new));
    options.validate();
    return RunningServer.start(
        options,
        Map.of(
            "SLUICE_ROOT_ACCESS_KEY", TestServer.ACCESS_KEY,
            "SLUICE_ROOT_SECRET_KEY", TestServer.SECRET_KEY));
  }

  private Path disk(char name) {
    return directory.resolve(String.valueOf(name));
  }

  private static S3Client s3(RunningServer server) {
    return S3Client.builder()
        .endpointOverride(server.endpoint())
        .region(Region.US_EAST_1)
        .credentialsProvider(
            StaticCredentialsProvider.create(
                AwsBasicCredentials.create(TestServer.ACCESS_KEY, TestServer.SECRET_KEY)))
        .forcePathStyle(true)
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .build();
  }

  private static void put(RunningServer server, String key) {
    try (S3Client s3 = s3(server)) {
      s3.putObject(request -> request.bucket(BUCKET).key(key), RequestBody.fromBytes(BODY));
    }
  }

  private static byte[] get(RunningServer server, String key) {
    try (S3Client s3 = s3(server)) {
      return s3.getObjectAsBytes(request -> request.bucket(BUCKET).key(key)).asByteArray();
    }
  }

  private void makeStore(String disks, String... more) {
    RunningServer server = start(disks, more);
    try (S3Client s3 = s3(server)) {
      s3.createBucket(request -> request.bucket(BUCKET));
    }
    put(server, "first");
    server.stop();
  }

  private static Layout layout(RunningServer server) {
    return Objects.requireNonNull(server.backing()).topology().layout();
  }

  /** Until each partition has so many copies, and nothing moves. */
  private static void awaitSettled(RunningServer server, int copies, String... without) {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              Layout layout = layout(server);
              return layout.targets().stream().allMatch(List::isEmpty)
                  && layout.partitions().stream().allMatch(set -> set.size() == copies)
                  && List.of(without).stream().noneMatch(layout.disks()::contains);
            });
  }

  private String idOf(char disk) throws IOException {
    return Files.readAllLines(disk(disk).resolve("disk.properties")).stream()
        .filter(line -> line.startsWith("disk-id="))
        .findFirst()
        .orElseThrow()
        .substring("disk-id=".length());
  }

  private void lose(char disk) throws IOException {
    try (var paths = Files.walk(disk(disk))) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
    Files.createDirectory(disk(disk));
  }

  @Test
  void healRate_ofANodeThatIsAlone_isWhatItWasTold() throws Exception {
    RunningServer server = start("ab", "--heal-rate", "8MiB");
    HttpRequest metrics =
        HttpRequest.newBuilder(server.endpoint().resolve("/_sluice/metrics")).build();
    String body =
        HttpClient.newHttpClient().send(metrics, HttpResponse.BodyHandlers.ofString()).body();
    server.stop();
    assertThat(body.lines()).contains("sluice_heal_bytes_per_second_max 8388608.0");
  }

  @Test
  void heal_ofANodeThatIsAloneWithTwoDisks_showsWhatTheyCopy() {
    RunningServer server = start("ab", "--heal-rate", "8MiB");
    AdminRoute heal =
        server.backing().adminRoutes().stream()
            .filter(route -> route.path().equals("/heal"))
            .findFirst()
            .orElseThrow();
    AdminCall call =
        new AdminCall(Map.of(), MultiMap.caseInsensitiveMultiMap(), new JsonObject(), "id");
    JsonObject shown = heal.action().run(call).await().atMost(Duration.ofSeconds(10)).body();
    server.stop();
    assertThat(shown.getLong("bytesPerSecondMax")).isEqualTo(8L << 20);
    assertThat(shown.containsKey("message")).isFalse();
  }

  @Test
  void emptyDirectoryInPlaceOfEither_isRefilled_andNothingIsLost() throws IOException {
    makeStore("de");
    String second = idOf('e');
    lose('e');
    RunningServer server = start("de");
    awaitSettled(server, 2, second);
    put(server, "second");
    server.stop();
    String first = idOf('d');
    lose('d');
    server = start("de");
    assertThat(get(server, "first")).isEqualTo(BODY);
    assertThat(get(server, "second")).isEqualTo(BODY);
    awaitSettled(server, 2, first);
    server.stop();
  }

  @Test
  void diskThatCannotBeOpened_leavesAndComesBack_andWritesGoOn() throws IOException {
    makeStore("de");
    String broken = idOf('e');
    Path segments = disk('e').resolve("segments");
    Path aside = directory.resolve("aside");
    Files.move(segments, aside);
    Files.writeString(segments, "no directory");
    RunningServer server = start("de");
    assertThat(get(server, "first")).isEqualTo(BODY);
    awaitSettled(server, 1, broken);
    put(server, "second");
    server.stop();
    Files.delete(segments);
    Files.move(aside, segments);
    server = start("de");
    awaitSettled(server, 2);
    assertThat(layout(server).disks()).contains(broken);
    assertThat(get(server, "second")).isEqualTo(BODY);
    server.stop();
  }

  @Test
  void oneMoreDirectory_getsItsShare() {
    makeStore("de");
    RunningServer server = start("def");
    await().atMost(PATIENCE).until(() -> layout(server).disks().size() == 3);
    awaitSettled(server, 2);
    assertThat(get(server, "first")).isEqualTo(BODY);
    server.stop();
  }

  @Test
  void emptyDirectoryOfWhatHasOneCopy_isRefused_andNothingIsMadeInIt() throws IOException {
    makeStore("de", "--replicas", "1");
    lose('e');
    refused("de", "is empty, and the other disks have too few copies", "mount or restore it");
    assertThat(disk('e')).isEmptyDirectory();
  }

  @Test
  void otherDirectoryInPlaceOfOne_isRefused_andNotMade() {
    makeStore("de");
    refused("df", "has 2 disks; missing: 1, not of this store: 1");
    assertThat(disk('f')).doesNotExist();
    refused("d", "has 2 disks; missing: 1, not of this store: 0");
  }

  @Test
  void sameDirectoryTwice_orOfAnotherStore_isRefused() throws IOException {
    makeStore("de");
    Files.createSymbolicLink(disk('s'), disk('e'));
    refused("des", "is the same disk as another");
    Files.move(directory.resolve("m"), directory.resolve("elsewhere"));
    refused("de", "belongs to cluster", "give the --metadata-dir");
    assertThat(directory.resolve("m")).doesNotExist();
  }

  @Test
  void metadataInTheSecondDirectory_saysWhichIsFirst_andMakesNothing() throws IOException {
    makeStore("de", "--metadata-dir", disk('d').resolve("metadata").toString());
    refused(
        "ed",
        new String[] {"--metadata-dir", disk('e').resolve("metadata").toString()},
        "name that --data directory first");
    assertThat(disk('e').resolve("metadata")).doesNotExist();
  }

  private void refused(String disks, String... saying) {
    refused(disks, new String[0], saying);
  }

  private void refused(String disks, String[] more, String... saying) {
    assertThatThrownBy(() -> start(disks, more))
        .isInstanceOf(StartupException.class)
        .message()
        .contains(saying)
        .doesNotContain("\n");
  }

  @Test
  void knownDisks_areNotedBesideTheMetadata() throws IOException {
    makeStore("de");
    String noted = Files.readString(directory.resolve("m/disks"), StandardCharsets.UTF_8);
    assertThat(noted).contains(idOf('d'), idOf('e'), disk('d').toString());
  }
}
