package io.sluice.testkit;

import static io.sluice.testkit.InMemoryMetadataStore.refused;

import io.sluice.storage.proto.Account;
import io.sluice.storage.proto.AccountPage;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.BucketPage;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CreateBucket;
import io.sluice.storage.proto.Done;
import io.sluice.storage.proto.GetAccount;
import io.sluice.storage.proto.ListAccounts;
import io.sluice.storage.proto.ListBuckets;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import java.time.Clock;
import java.util.Collection;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What shard 0 holds beside objects: the names of buckets, and accounts. */
final class InMemoryRoot {
  private static final Outcome DONE =
      Outcome.newBuilder().setDone(Done.getDefaultInstance()).build();

  private final Clock clock;
  private final TreeMap<String, Bucket> buckets = new TreeMap<>();
  private final TreeMap<String, Account> accounts = new TreeMap<>();
  private long lastBucketId;

  InMemoryRoot(Clock clock) {
    this.clock = clock;
  }

  /** Null when the command is not for here. */
  @Nullable Outcome apply(Command command) {
    return switch (command.getBodyCase()) {
      case CREATE_BUCKET -> create(command.getCreateBucket());
      case MARK_BUCKET_DELETING ->
          mark(
              command.getMarkBucketDeleting().getBucketId(),
              command.getMarkBucketDeleting().getName(),
              true);
      case UNMARK_BUCKET_DELETING ->
          mark(
              command.getUnmarkBucketDeleting().getBucketId(),
              command.getUnmarkBucketDeleting().getName(),
              false);
      case REMOVE_BUCKET -> {
        Bucket bucket =
            bucket(command.getRemoveBucket().getBucketId(), command.getRemoveBucket().getName());
        buckets.remove(bucket.getName());
        yield DONE;
      }
      case PUT_ACCOUNT -> put(command.getPutAccount().getAccount());
      case REMOVE_ACCOUNT -> remove(command.getRemoveAccount().getName());
      default -> null;
    };
  }

  /** Null when the query is not for here. */
  @Nullable Answer answer(Query query) {
    return switch (query.getBodyCase()) {
      case GET_BUCKET -> {
        Bucket bucket = buckets.get(query.getGetBucket().getName());
        if (bucket == null) {
          throw refused(RefusalCode.NO_SUCH_BUCKET);
        }
        yield Answer.newBuilder().setBucket(bucket).build();
      }
      case LIST_BUCKETS -> list(query.getListBuckets());
      case GET_ACCOUNT -> Answer.newBuilder().setAccount(find(query.getGetAccount())).build();
      case LIST_ACCOUNTS -> list(query.getListAccounts());
      default -> null;
    };
  }

  private Outcome create(CreateBucket create) {
    Bucket there = buckets.get(create.getName());
    if (there != null) {
      throw refused(
          there.getOwner().equals(create.getOwner())
              ? RefusalCode.BUCKET_OWNED_BY_YOU
              : RefusalCode.BUCKET_EXISTS);
    }
    Bucket made =
        Bucket.newBuilder()
            .setId(++lastBucketId)
            .setName(create.getName())
            .setOwner(create.getOwner())
            .setShard(create.getShard())
            .setRegion(create.getRegion())
            .setCreatedMs(clock.millis())
            .build();
    buckets.put(made.getName(), made);
    return Outcome.newBuilder().setBucket(made).build();
  }

  private Bucket bucket(long id, String name) {
    Bucket bucket = buckets.get(name);
    if (bucket == null || bucket.getId() != id) {
      throw refused(RefusalCode.NO_SUCH_BUCKET);
    }
    return bucket;
  }

  private Outcome mark(long id, String name, boolean deleting) {
    buckets.put(name, bucket(id, name).toBuilder().setDeleting(deleting).build());
    return DONE;
  }

  private Outcome put(Account account) {
    for (Account other : accounts.values()) {
      if (other.getName().equals(account.getName()) || other.getId().equals(account.getId())) {
        throw refused(RefusalCode.ACCOUNT_EXISTS);
      }
      boolean sameKey =
          other.getKeysList().stream()
              .anyMatch(
                  key ->
                      account.getKeysList().stream()
                          .anyMatch(mine -> mine.getAccessKey().equals(key.getAccessKey())));
      if (sameKey) {
        throw refused(RefusalCode.ACCESS_KEY_EXISTS);
      }
    }
    accounts.put(account.getName(), account);
    return Outcome.newBuilder().setAccount(account).build();
  }

  private Outcome remove(String name) {
    Account account = accounts.get(name);
    if (account == null) {
      throw refused(RefusalCode.NO_SUCH_ACCOUNT);
    }
    if (buckets.values().stream().anyMatch(b -> b.getOwner().equals(account.getId()))) {
      throw refused(RefusalCode.ACCOUNT_OWNS_BUCKETS);
    }
    accounts.remove(name);
    return DONE;
  }

  private Account find(GetAccount by) {
    return accounts.values().stream()
        .filter(
            account ->
                switch (by.getByCase()) {
                  case NAME -> account.getName().equals(by.getName());
                  case ID -> account.getId().equals(by.getId());
                  case ACCESS_KEY ->
                      account.getKeysList().stream()
                          .anyMatch(key -> key.getAccessKey().equals(by.getAccessKey()));
                  case BY_NOT_SET -> false;
                })
        .findFirst()
        .orElseThrow(() -> refused(RefusalCode.NO_SUCH_ACCOUNT));
  }

  private Answer list(ListBuckets list) {
    BucketPage.Builder page = BucketPage.newBuilder();
    for (Bucket bucket : after(buckets, list.getStartAfter())) {
      boolean owned = list.getOwner().isEmpty() || bucket.getOwner().equals(list.getOwner());
      if (!owned || !bucket.getName().startsWith(list.getPrefix())) {
        continue;
      }
      if (page.getBucketsCount() == list.getMax()) {
        page.setTruncated(true);
        break;
      }
      page.addBuckets(bucket);
    }
    return Answer.newBuilder().setBuckets(page).build();
  }

  private Answer list(ListAccounts list) {
    AccountPage.Builder page = AccountPage.newBuilder();
    for (Account account : after(accounts, list.getStartAfter())) {
      if (page.getAccountsCount() == list.getMax()) {
        page.setTruncated(true);
        break;
      }
      page.addAccounts(account);
    }
    return Answer.newBuilder().setAccounts(page).build();
  }

  private static <T> Collection<T> after(NavigableMap<String, T> rows, String name) {
    return name.isEmpty() ? rows.values() : rows.tailMap(name, false).values();
  }
}
