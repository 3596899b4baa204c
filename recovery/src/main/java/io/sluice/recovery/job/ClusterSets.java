package io.sluice.recovery.job;

import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.target.BackupTarget;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a target has of a cluster, as far as names of files tell: no key is needed for it.
 *
 * @param own whether it is this cluster
 * @param sets that are complete
 * @param newestId the last of them; null: there is none
 */
public record ClusterSets(UUID clusterId, boolean own, int sets, @Nullable SetId newestId) {

  /** When the last of them was begun. */
  public Optional<Instant> newest() {
    return Optional.ofNullable(newestId).map(SetId::time);
  }

  /** Of all clusters that have something there. Blocks: lists the files of their sets. */
  static List<ClusterSets> of(BackupTarget target, UUID own) throws IOException {
    List<ClusterSets> found = new ArrayList<>();
    for (UUID cluster : BackupFiles.clusters(target)) {
      List<SetId> complete = new ArrayList<>();
      new BackupFiles(target, cluster, null)
          .list(
              "sets/",
              file -> {
                String[] parts = file.name().split("/", -1);
                if (parts.length == 3 && parts[2].equals("set.json")) {
                  SetId.parse(parts[1]).ifPresent(complete::add);
                }
              });
      SetId newest = complete.stream().max(SetId::compareTo).orElse(null);
      found.add(new ClusterSets(cluster, cluster.equals(own), complete.size(), newest));
    }
    return found;
  }
}
