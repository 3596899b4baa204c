package io.sluice.recovery.job;

import io.sluice.recovery.backup.BackupSet;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Account;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CreateBucket;
import io.sluice.storage.proto.GetAccount;
import io.sluice.storage.proto.GetBucket;
import io.sluice.storage.proto.PutAccount;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The accounts that objects are restored to, and the buckets that they are restored into; what is
 * not there is made. Any thread.
 */
final class RestoreRoot {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final BackupGround on;
  private final RestoreOrder order;
  private final String rootId;
  private final RestoreFigures figures;
  private final BucketConfigurations configurations;
  private final Map<String, Optional<Bucket>> targets = new ConcurrentHashMap<>();
  private final Set<String> owners = ConcurrentHashMap.newKeySet();

  /**
   * @param rootId the id of this cluster's root account, which has no row: what belonged to an
   *     account that is not here belongs to it
   */
  RestoreRoot(BackupGround on, RestoreOrder order, String rootId, RestoreFigures figures) {
    this.on = on;
    this.order = order;
    this.rootId = rootId;
    this.figures = figures;
    this.configurations = new BucketConfigurations(on.metadata());
  }

  /** Accounts come back with everything, not with a bucket of somebody's. */
  Uni<Void> restoreAccounts(BackupSet of, List<Account> accounts) {
    return Multi.createFrom()
        .iterable(accounts)
        .onItem()
        .transformToUniAndConcatenate(account -> restoreAccount(of, account))
        .onItem()
        .ignoreAsUni();
  }

  private Uni<Void> restoreAccount(BackupSet of, Account account) {
    Query query =
        Query.newBuilder().setGetAccount(GetAccount.newBuilder().setId(account.getId())).build();
    return on.metadata()
        .query(MetadataStore.ROOT_SHARD, query, LIMIT)
        .replaceWith(true)
        .onFailure(failure -> Refusals.is(failure, RefusalCode.NO_SUCH_ACCOUNT))
        .recoverWithUni(() -> make(of, account))
        .invoke(
            there -> {
              if (there) {
                owners.add(account.getId());
              }
            })
        .replaceWithVoid();
  }

  /**
   * Whether it is there then. One whose name or key is another's now is not made: what it owned
   * belongs to root. In the cluster that made the backup an account that is gone was removed by
   * somebody, perhaps because its keys are in wrong hands: it comes back without them.
   */
  private Uni<Boolean> make(BackupSet of, Account account) {
    if (order.bucket() != null || order.dryRun()) {
      return Uni.createFrom().item(false);
    }
    Account made =
        of.clusterId().equals(on.clusterId()) ? account.toBuilder().clearKeys().build() : account;
    Command put =
        Command.newBuilder().setPutAccount(PutAccount.newBuilder().setAccount(made)).build();
    return on.metadata()
        .submit(MetadataStore.ROOT_SHARD, put, LIMIT)
        .replaceWith(true)
        .onFailure(
            failure ->
                Refusals.is(failure, RefusalCode.ACCOUNT_EXISTS)
                    || Refusals.is(failure, RefusalCode.ACCESS_KEY_EXISTS))
        .recoverWithUni(
            failure -> {
              figures.addAccountLeft(account.getName());
              return Uni.createFrom().item(false);
            });
  }

  /** Takes accounts for granted that are known to be here. */
  void owns(Collection<Account> accounts) {
    accounts.forEach(account -> owners.add(account.getId()));
  }

  /** Who owns now what belonged to an account then. */
  String owner(String then) {
    return owners.contains(then) ? then : rootId;
  }

  /** Those without objects too, which no batch names. One that was being deleted stays deleted. */
  Uni<Void> restoreBuckets(List<Bucket> buckets) {
    return findTargets(buckets.stream().filter(bucket -> !bucket.getDeleting()).toList());
  }

  /** The buckets that these are restored into, which are made if they are not there. */
  Uni<Void> findTargets(List<Bucket> buckets) {
    return Multi.createFrom()
        .iterable(buckets)
        .onItem()
        .transformToUniAndConcatenate(this::findTarget)
        .onItem()
        .ignoreAsUni();
  }

  private Uni<Void> findTarget(Bucket then) {
    if (targets.containsKey(then.getName())) {
      return Uni.createFrom().voidItem();
    }
    String toBucket = order.toBucket();
    String name = toBucket == null ? then.getName() : toBucket;
    Query query = Query.newBuilder().setGetBucket(GetBucket.newBuilder().setName(name)).build();
    return on.metadata()
        .query(MetadataStore.ROOT_SHARD, query, LIMIT)
        .map(answer -> Optional.of(requireOwn(answer.getBucket(), then)))
        .onFailure(failure -> Refusals.is(failure, RefusalCode.NO_SUCH_BUCKET))
        .recoverWithUni(
            () ->
                order.dryRun()
                    ? Uni.createFrom().item(Optional.empty())
                    : create(name, then).flatMap(made -> configured(made, then)).map(Optional::of))
        .invoke(found -> targets.put(then.getName(), found))
        .replaceWithVoid();
  }

  /** A name may be another's by now: nobody's objects go into a stranger's bucket unasked. */
  private Bucket requireOwn(Bucket found, Bucket then) {
    if (order.toBucket() == null && !found.getOwner().equals(owner(then.getOwner()))) {
      throw StorageFailure.Refused.of(
          RefusalCode.INVALID_ARGUMENT,
          "Bucket %s belongs to another account now than it did then: name one to restore into with --to-bucket."
              .formatted(found.getName()));
    }
    return found;
  }

  private Uni<Bucket> create(String name, Bucket then) {
    CreateBucket create =
        CreateBucket.newBuilder()
            .setName(name)
            .setOwner(owner(then.getOwner()))
            .setShard(then.getShard() % on.metadata().shardCount())
            .setRegion(then.getRegion())
            .build();
    return on.metadata()
        .submit(
            MetadataStore.ROOT_SHARD, Command.newBuilder().setCreateBucket(create).build(), LIMIT)
        .map(outcome -> outcome.getBucket());
  }

  /** Another bucket than that of then is not to do what that one did. */
  private Uni<Bucket> configured(Bucket made, Bucket then) {
    return order.toBucket() == null
        ? configurations.bring(made, then)
        : Uni.createFrom().item(made);
  }

  /** Has buckets that are there be configured as they are in the set, too. */
  Uni<Void> follow(List<Bucket> buckets) {
    return Multi.createFrom()
        .iterable(buckets)
        .onItem()
        .transformToUniAndConcatenate(
            then ->
                configurations
                    .bring(target(then).orElseThrow(), then)
                    .invoke(now -> targets.put(then.getName(), Optional.of(now))))
        .onItem()
        .ignoreAsUni();
  }

  /** The bucket that one of then was found to go into; empty: there would be one. */
  Optional<Bucket> target(Bucket then) {
    return Objects.requireNonNull(targets.get(then.getName()));
  }
}
