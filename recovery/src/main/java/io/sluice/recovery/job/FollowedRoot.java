package io.sluice.recovery.job;

import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Account;
import io.sluice.storage.proto.AccountPage;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.BucketPage;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.GetCluster;
import io.sluice.storage.proto.ListAccounts;
import io.sluice.storage.proto.ListBuckets;
import io.sluice.storage.proto.PutSetting;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RemoveAccount;
import io.sluice.storage.proto.SettingRecord;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes way for the buckets and accounts of another cluster in one that follows it: what is gone
 * there goes, and what has another owner, or other keys, goes first and is then made anew. Settings
 * become what they are there. Any thread.
 */
final class FollowedRoot {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int PAGE = 1_000;

  private final MetadataStore metadata;
  private final ExtraObjects extra;
  private final String rootId;

  /**
   * @param rootId the id of this cluster's root account
   */
  FollowedRoot(MetadataStore metadata, ExtraObjects extra, String rootId) {
    this.metadata = metadata;
    this.extra = extra;
    this.rootId = rootId;
  }

  /** Has everything that differs from a whole state go. */
  Uni<Void> makeWay(RootRows state) {
    Set<String> accountIds = new HashSet<>();
    state.accounts().forEach(account -> accountIds.add(account.getId()));
    return buckets()
        .map(
            all ->
                all.stream()
                    .filter(bucket -> !isLike(bucket, state.bucket(bucket.getName()), accountIds))
                    .toList())
        .flatMap(this::removeBuckets)
        .chain(this::accounts)
        .map(
            all ->
                all.stream()
                    .filter(account -> !isSame(account, state.account(account.getName())))
                    .map(Account::getName)
                    .toList())
        .flatMap(this::removeAccounts)
        .chain(() -> putSettings(state, true));
  }

  /**
   * Has go what changed away.
   *
   * @param before what was there before
   */
  Uni<Void> makeWay(RootRows before, RootRows changes) {
    Set<String> gone = new HashSet<>(changes.bucketsGone());
    before.buckets().stream().filter(changes::replaces).map(Bucket::getName).forEach(gone::add);
    Set<String> changed = new HashSet<>(changes.accountsGone());
    changes.accounts().forEach(account -> changed.add(account.getName()));
    Uni<Void> buckets =
        gone.isEmpty()
            ? Uni.createFrom().voidItem()
            : buckets()
                .map(all -> all.stream().filter(one -> gone.contains(one.getName())).toList())
                .flatMap(this::removeBuckets);
    return buckets
        .chain(() -> changed.isEmpty() ? noAccounts() : accounts())
        .map(
            all ->
                all.stream()
                    .filter(account -> changed.contains(account.getName()))
                    .filter(account -> !isSame(account, changes.account(account.getName())))
                    .map(Account::getName)
                    .toList())
        .flatMap(this::removeAccounts)
        .chain(() -> putSettings(changes, false));
  }

  private static Uni<List<Account>> noAccounts() {
    return Uni.createFrom().item(List.of());
  }

  /** As the restore would want to find it. */
  private boolean isLike(Bucket here, @Nullable Bucket there, Set<String> accountIds) {
    return there != null
        && !here.getDeleting()
        && here.getOwner().equals(accountIds.contains(there.getOwner()) ? there.getOwner() : rootId)
        && here.getRegion().equals(there.getRegion());
  }

  private static boolean isSame(Account here, @Nullable Account there) {
    return there != null
        && here.toBuilder()
            .clearCreatedMs()
            .build()
            .equals(there.toBuilder().clearCreatedMs().build());
  }

  private Uni<List<Bucket>> buckets() {
    List<Bucket> all = new ArrayList<>(); // a few dozen bytes each
    return Multi.createBy()
        .repeating()
        .uni(() -> bucketPage(all.isEmpty() ? "" : all.get(all.size() - 1).getName()))
        .whilst(
            page -> {
              all.addAll(page.getBucketsList());
              return page.getTruncated();
            })
        .onItem()
        .ignoreAsUni()
        .replaceWith(all);
  }

  private Uni<BucketPage> bucketPage(String after) {
    ListBuckets list = ListBuckets.newBuilder().setStartAfter(after).setMax(PAGE).build();
    return metadata
        .query(MetadataStore.ROOT_SHARD, Query.newBuilder().setListBuckets(list).build(), LIMIT)
        .map(answer -> answer.getBuckets());
  }

  private Uni<List<Account>> accounts() {
    List<Account> all = new ArrayList<>();
    return Multi.createBy()
        .repeating()
        .uni(() -> accountPage(all.isEmpty() ? "" : all.get(all.size() - 1).getName()))
        .whilst(
            page -> {
              all.addAll(page.getAccountsList());
              return page.getTruncated();
            })
        .onItem()
        .ignoreAsUni()
        .replaceWith(all);
  }

  private Uni<AccountPage> accountPage(String after) {
    ListAccounts list = ListAccounts.newBuilder().setStartAfter(after).setMax(PAGE).build();
    return metadata
        .query(MetadataStore.ROOT_SHARD, Query.newBuilder().setListAccounts(list).build(), LIMIT)
        .map(answer -> answer.getAccounts());
  }

  private Uni<Void> removeBuckets(List<Bucket> gone) {
    return Multi.createFrom()
        .iterable(gone)
        .onItem()
        .transformToUniAndConcatenate(extra::removeBucket)
        .onItem()
        .ignoreAsUni();
  }

  private Uni<Void> removeAccounts(List<String> gone) {
    return Multi.createFrom()
        .iterable(gone)
        .onItem()
        .transformToUniAndConcatenate(
            name ->
                submit(
                        Command.newBuilder()
                            .setRemoveAccount(RemoveAccount.newBuilder().setName(name)))
                    .onFailure(failure -> Refusals.is(failure, RefusalCode.NO_SUCH_ACCOUNT))
                    .recoverWithNull())
        .onItem()
        .ignoreAsUni();
  }

  private Uni<Void> putSettings(RootRows wanted, boolean whole) {
    if (!whole && wanted.settings().isEmpty() && wanted.settingsGone().isEmpty()) {
      return Uni.createFrom().voidItem();
    }
    Query query = Query.newBuilder().setGetCluster(GetCluster.getDefaultInstance()).build();
    return metadata
        .query(MetadataStore.ROOT_SHARD, query, LIMIT)
        .map(answer -> changed(answer.getCluster().getSettingsList(), wanted, whole))
        .flatMap(
            changes ->
                Multi.createFrom()
                    .iterable(changes)
                    .onItem()
                    .transformToUniAndConcatenate(
                        setting ->
                            submit(
                                Command.newBuilder()
                                    .setPutSetting(PutSetting.newBuilder().setSetting(setting))))
                    .onItem()
                    .ignoreAsUni());
  }

  /** An empty value is the default again. */
  private static List<SettingRecord> changed(
      List<SettingRecord> here, RootRows wanted, boolean whole) {
    Map<String, SettingRecord> now = new HashMap<>();
    here.forEach(setting -> now.put(setting.getName(), setting));
    List<SettingRecord> changes = new ArrayList<>();
    for (SettingRecord setting : wanted.settings()) {
      if (!setting.equals(now.get(setting.getName()))) {
        changes.add(setting);
      }
    }
    for (SettingRecord setting : here) {
      boolean gone =
          whole
              ? wanted.setting(setting.getName()) == null
              : wanted.settingsGone().contains(setting.getName());
      if (gone) {
        changes.add(setting.toBuilder().clearValue().build());
      }
    }
    return changes;
  }

  private Uni<Void> submit(Command.Builder command) {
    return metadata.submit(MetadataStore.ROOT_SHARD, command.build(), LIMIT).replaceWithVoid();
  }
}
