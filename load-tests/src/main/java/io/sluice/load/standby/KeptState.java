package io.sluice.load.standby;

import io.sluice.load.disaster.Attempt;
import io.sluice.load.disaster.Findings;
import io.sluice.load.disaster.ObjectFacts;
import io.sluice.load.disaster.StoreState;
import io.sluice.load.s3.BlockingS3Client;
import io.sluice.load.s3.Credentials;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an old primary keeps of what it alone acknowledged: a snapshot, which its owners can read.
 *
 * @param snapshot its name
 * @param owners of the buckets
 */
record KeptState(URI gateway, String snapshot, Map<String, Credentials> owners, Findings findings) {

  private static final int LOOKED_AT_MAX = 40;
  private static final int NOT_FOUND = 404;

  /** Looks at some of what the new primary lacks: each is there as it was acknowledged last. */
  void require(List<Attempt> lost, Map<String, List<Attempt>> written) throws IOException {
    HttpClient http = BlockingS3Client.sharedHttp();
    List<Attempt> last =
        lost.stream()
            .map(Attempt::name)
            .distinct()
            .map(name -> written.getOrDefault(name, List.of()))
            .map(attempts -> attempts.get(attempts.size() - 1))
            .filter(attempt -> attempt.acknowledged() != null)
            .limit(LOOKED_AT_MAX)
            .toList();
    for (Attempt each : last) {
      int slash = each.name().indexOf('/');
      String bucket = each.name().substring(0, slash);
      Credentials owner = owners.get(bucket);
      if (owner == null) {
        throw new IllegalArgumentException(bucket + " is nobody's");
      }
      BlockingS3Client client = StoreState.client(http, gateway, owner);
      String view = bucket + "--" + snapshot + "--snap";
      if (!each.made(find(client, view, each.name().substring(slash + 1)))) {
        findings.violation(each + " is not as it was in " + view);
      }
    }
    System.out.printf("  %d of them read from its snapshot %s%n", last.size(), snapshot);
  }

  private static @Nullable ObjectFacts find(BlockingS3Client client, String view, String key)
      throws IOException {
    return client.head(view, key).status() == NOT_FOUND
        ? null
        : ObjectFacts.read(client, view, key);
  }
}
