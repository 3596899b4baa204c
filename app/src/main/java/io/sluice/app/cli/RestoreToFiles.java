package io.sluice.app.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.recovery.backup.BackupCatalog;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.TargetKey;
import io.sluice.recovery.backup.restore.FileRestore;
import io.sluice.recovery.backup.restore.FileRestorePlan;
import io.sluice.recovery.backup.restore.FileRestoreResult;
import io.sluice.recovery.backup.restore.FileRestoreTerms;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.BackupTargets;
import io.sluice.recovery.backup.target.TargetAccess;
import io.sluice.recovery.backup.target.s3.S3Objects;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The part of {@code sluice restore} that needs no server: a backup to files or to an S3 endpoint,
 * straight from its target.
 */
@SuppressWarnings("NullAway.Init") // picocli fills in the fields
final class RestoreToFiles {
  private static final int WORKERS_MAX = 4;
  private static final int PROBLEMS_SHOWN_MAX = 20;

  /** An endpoint takes its time for each object. */
  private static final int ENDPOINT_WORKERS = 8;

  private static final int PARTS_UNDER_WAY_MAX = 4;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--from",
      paramLabel = "TARGET|URL",
      description =
          "Restore a backup from this target of the server's; with --to from its URL, such as"
              + " file:///mnt/backup")
  private @Nullable String from;

  @Option(
      names = "--to",
      paramLabel = "DIR|URL",
      description =
          "With --from: into files below this directory, or as plain objects to"
              + " s3://BUCKET/PREFIX?endpoint=https://HOST:PORT; no server is needed")
  private @Nullable String to;

  @Option(
      names = "--to-credentials-file",
      paramLabel = "FILE",
      description =
          "With --to URL: a file as AWS's tools have it, with the key of that endpoint. Default:"
              + " $AWS_ACCESS_KEY_ID and $AWS_SECRET_ACCESS_KEY")
  private @Nullable Path toCredentialsFile;

  @Option(
      names = "--backup",
      paramLabel = "ID",
      description = "With --from: this backup. Default: the newest, or the last before --at")
  private @Nullable String backup;

  @Option(
      names = "--key-file",
      paramLabel = "FILE",
      description = "With --from: the key of an encrypted target, 32 bytes as base64 or hex")
  private @Nullable Path keyFile;

  @Option(
      names = "--cluster-id",
      paramLabel = "ID",
      description = "With --from: the cluster, when the target has backups of several")
  private @Nullable UUID clusterId;

  @Option(
      names = "--skip-damaged",
      description = "With --from: name what is damaged, and restore the rest")
  private boolean skipDamaged;

  /** What the options that it shares with other restores say. */
  record Shared(
      @Nullable String bucket,
      @Nullable Instant at,
      String prefix,
      boolean dryRun,
      boolean overwrite,
      boolean json) {}

  /** Whether this is what is asked for. */
  boolean isWanted() {
    boolean any = to != null || backup != null || keyFile != null || clusterId != null;
    if (toCredentialsFile != null && !isToEndpoint()) {
      throw wrong("--to-credentials-file goes with --to s3://...");
    }
    if (from == null && (any || skipDamaged)) {
      throw wrong("--to, --backup, --key-file, --cluster-id and --skip-damaged go with --from");
    }
    return from != null;
  }

  private boolean isToEndpoint() {
    return to != null && to.startsWith("s3://");
  }

  /** Whether a server is to restore it, into its cluster. */
  boolean isForServer() {
    return from != null && to == null;
  }

  /** What a server is to be told, besides what other restores are. */
  Map<String, Object> forServer() {
    if (keyFile != null) {
      throw wrong("--key-file goes with --to; a target of the server has its own");
    }
    Map<String, Object> order = new LinkedHashMap<>();
    order.put("skipDamaged", skipDamaged);
    if (backup != null) {
      order.put("backup", backup);
    }
    if (clusterId != null) {
      order.put("clusterId", clusterId.toString());
    }
    return order;
  }

  /** The target. */
  String from() {
    return String.valueOf(from);
  }

  int run(Shared shared) throws IOException {
    String place = Objects.requireNonNull(to);
    if (backup != null && shared.at() != null) {
      throw wrong("either --backup or --at");
    }
    try (BackupTarget target = target()) {
      BackupFiles files = new BackupFiles(target, cluster(target), key());
      BackupCatalog catalog = BackupCatalog.load(files);
      BackupSet set = set(catalog, shared.at());
      FileRestoreTerms terms =
          new FileRestoreTerms(
              shared.bucket(),
              shared.prefix(),
              shared.overwrite(),
              skipDamaged,
              isToEndpoint()
                  ? ENDPOINT_WORKERS
                  : Math.min(WORKERS_MAX, Runtime.getRuntime().availableProcessors()));
      FileRestore restore = new FileRestore(files, catalog.chain(set), terms);
      if (!isToEndpoint()) {
        Work work = progress -> restore.restore(Path.of(place), progress);
        return shared.dryRun() ? show(restore, set, shared) : run(restore, work, set, shared);
      }
      try (S3Objects endpoint = endpoint(place)) {
        Work work = progress -> restore.restore(endpoint, progress);
        return shared.dryRun() ? show(restore, set, shared) : run(restore, work, set, shared);
      }
    }
  }

  /** Restores. */
  @FunctionalInterface
  private interface Work {
    FileRestoreResult run(FileRestore.Progress progress) throws IOException;
  }

  private BackupTarget target() throws IOException {
    try {
      return BackupTargets.open(String.valueOf(from), access(null));
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  private S3Objects endpoint(String url) throws IOException {
    try {
      return S3Objects.open(url, access(toCredentialsFile), PARTS_UNDER_WAY_MAX);
    } catch (IllegalArgumentException e) {
      throw wrong("--to: " + e.getMessage());
    }
  }

  private static TargetAccess access(@Nullable Path credentialsFile) {
    return new TargetAccess(credentialsFile, System.getenv(), Clock.systemUTC());
  }

  private @Nullable TargetKey key() throws IOException {
    try {
      return keyFile == null ? null : TargetKey.load(keyFile);
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  private UUID cluster(BackupTarget target) throws IOException {
    List<UUID> there = BackupFiles.clusters(target);
    if (there.isEmpty()) {
      throw new IOException("there are no backups in " + target);
    }
    if (clusterId != null) {
      if (!there.contains(clusterId)) {
        throw new IOException(target + " has no backups of cluster " + clusterId);
      }
      return clusterId;
    }
    if (there.size() > 1) {
      throw wrong(target + " has backups of several clusters; say one with --cluster-id: " + there);
    }
    return there.get(0);
  }

  private BackupSet set(BackupCatalog catalog, @Nullable Instant at) throws IOException {
    if (backup != null) {
      SetId id =
          SetId.parse(backup).orElseThrow(() -> wrong("'" + backup + "' is no id of a backup"));
      return catalog
          .find(id)
          .orElseThrow(() -> new IOException(unusable(catalog, "there is no backup " + id)));
    }
    if (at != null) {
      return catalog
          .at(at)
          .orElseThrow(
              () -> new IOException(unusable(catalog, "there is no backup from before " + at)));
    }
    return catalog
        .newest()
        .orElseThrow(() -> new IOException(unusable(catalog, "there is no backup")));
  }

  private static String unusable(BackupCatalog catalog, String what) {
    StringBuilder text = new StringBuilder(what);
    if (!catalog.sets().isEmpty()) {
      BackupSet first = catalog.sets().get(0);
      BackupSet last = catalog.sets().get(catalog.sets().size() - 1);
      text.append(
          "; those there are begin with %s of %s and end with %s of %s"
              .formatted(first.id(), first.cutAt(), last.id(), last.cutAt()));
    }
    catalog.unreadable().values().forEach(problem -> text.append("; ").append(problem));
    return text.toString();
  }

  private int show(FileRestore restore, BackupSet set, Shared shared) throws IOException {
    FileRestorePlan plan =
        plan(
            restore,
            name -> {
              if (!shared.json()) {
                out().println("restore " + name);
              }
            },
            set,
            shared);
    if (shared.json()) {
      ObjectNode json = JsonNodeFactory.instance.objectNode();
      json.put("backup", set.id().text()).put("cutAt", set.cutAt().toString());
      json.put("objects", plan.objects()).put("bytes", plan.bytes());
      out().println(json);
    } else {
      out()
          .printf(
              Locale.ROOT,
              "would restore %s (%s) of %s, as of %s%n",
              Counted.of(plan.objects(), "object"),
              SizeText.of(plan.bytes()),
              set.id(),
              set.cutAt());
    }
    return 0;
  }

  /** What there is to restore; a name that the backup does not know is rather a mistake. */
  private static FileRestorePlan plan(
      FileRestore restore, Consumer<String> each, BackupSet set, Shared shared) throws IOException {
    FileRestorePlan plan = restore.plan(each);
    if (shared.bucket() != null && plan.buckets() == 0 && plan.objects() == 0) {
      throw new IOException("backup %s has no bucket %s".formatted(set.id(), shared.bucket()));
    }
    if (!shared.prefix().isEmpty() && plan.objects() == 0) {
      throw new IOException(
          "no key in backup %s begins with '%s'".formatted(set.id(), shared.prefix()));
    }
    return plan;
  }

  private int run(FileRestore restore, Work work, BackupSet set, Shared shared) throws IOException {
    long started = System.nanoTime();
    FileRestorePlan plan = plan(restore, name -> {}, set, shared);
    ProgressBar bar = new ProgressBar(err(), plan.objects());
    FileRestoreResult result;
    try {
      result = work.run((objects, bytes) -> bar.show(objects));
    } catch (DirectoryNotEmptyException e) {
      throw new IOException(
          e.getMessage()
              + " is not empty, and nothing was changed; say --overwrite to replace what is there",
          e);
    }
    bar.end();
    double seconds = (System.nanoTime() - started) / 1e9;
    if (shared.json()) {
      out().println(json(set, result, seconds));
    } else {
      report(set, result, seconds);
    }
    return result.complete() ? 0 : 1;
  }

  private static ObjectNode json(BackupSet set, FileRestoreResult result, double seconds) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("backup", set.id().text()).put("cutAt", set.cutAt().toString());
    json.put("objects", result.objects()).put("bytes", result.bytes());
    json.put("failed", result.failed()).put("complete", result.complete()).put("seconds", seconds);
    ArrayNode problems = json.putArray("problems");
    result
        .problems()
        .forEach(each -> problems.addObject().put("name", each.name()).put("what", each.what()));
    return json;
  }

  private void report(BackupSet set, FileRestoreResult result, double seconds) {
    out()
        .printf(
            Locale.ROOT,
            "restored %s (%s) of %s in %.1f s, as of %s%n",
            Counted.of(result.objects(), "object"),
            SizeText.of(result.bytes()),
            set.id(),
            seconds,
            set.cutAt());
    result.problems().stream()
        .limit(PROBLEMS_SHOWN_MAX)
        .forEach(each -> err().println("not restored: " + each.name() + ": " + each.what()));
    if (result.problems().size() > PROBLEMS_SHOWN_MAX) {
      err().println("and more: --json names them");
    }
    if (!result.complete() && !skipDamaged) {
      err().println("ended there; --skip-damaged --overwrite restores the rest");
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(command.commandLine(), message);
  }

  private PrintWriter out() {
    return command.commandLine().getOut();
  }

  private PrintWriter err() {
    return command.commandLine().getErr();
  }
}
