package io.sluice.gateway.admin;

import io.sluice.gateway.auth.AccountDirectory;
import io.sluice.gateway.auth.RootAccount;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Account;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.GetAccount;
import io.sluice.storage.proto.ListAccounts;
import io.sluice.storage.proto.PutAccount;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RemoveAccount;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Accounts: added, shown and removed. A secret is told once, to who adds the account; nothing reads
 * it back.
 */
public final class AccountRoutes {
  private static final int PAGE_MAX = 1000;

  private final MetadataStore metadata;
  private final AccountDirectory directory;
  private final RootAccount root;
  private final Duration deadline;
  private final NewAccounts newAccounts;

  /**
   * @param directory told when accounts change
   * @param deadline of one command or query
   */
  public AccountRoutes(
      MetadataStore metadata,
      AccountDirectory directory,
      RootAccount root,
      Duration deadline,
      Clock clock) {
    this.metadata = metadata;
    this.directory = directory;
    this.root = root;
    this.deadline = deadline;
    this.newAccounts = new NewAccounts(root, clock);
  }

  public List<AdminRoute> routes() {
    return List.of(
        new AdminRoute(HttpMethod.POST, "/accounts", this::add),
        new AdminRoute(HttpMethod.GET, "/accounts", this::list),
        new AdminRoute(HttpMethod.GET, "/accounts/:name", this::show),
        new AdminRoute(HttpMethod.DELETE, "/accounts/:name", this::remove));
  }

  private Uni<AdminAnswer> add(AdminCall call) {
    Account account = newAccounts.from(call);
    Command command =
        Command.newBuilder().setPutAccount(PutAccount.newBuilder().setAccount(account)).build();
    return metadata
        .submit(MetadataStore.ROOT_SHARD, command, deadline)
        .invoke(directory::forgetAll)
        .map(
            outcome ->
                AdminAnswer.created(
                    shown(account).put("secretKey", account.getKeys(0).getSecretKey())))
        .onFailure(StorageFailure.Refused.class)
        .transform(refused -> explained(refused, account.getName()));
  }

  private Uni<AdminAnswer> list(AdminCall call) {
    String after = call.query().get("start-after");
    ListAccounts.Builder list = ListAccounts.newBuilder().setMax(PAGE_MAX);
    if (after != null) {
      list.setStartAfter(after);
    }
    return metadata
        .query(MetadataStore.ROOT_SHARD, Query.newBuilder().setListAccounts(list).build(), deadline)
        .map(
            answer -> {
              JsonArray accounts = new JsonArray();
              if (after == null) {
                accounts.add(shownRoot());
              }
              answer.getAccounts().getAccountsList().forEach(each -> accounts.add(shown(each)));
              return AdminAnswer.ok(
                  new JsonObject()
                      .put("accounts", accounts)
                      .put("truncated", answer.getAccounts().getTruncated()));
            });
  }

  private Uni<AdminAnswer> show(AdminCall call) {
    String name = call.path("name");
    if (name.equals(NewAccounts.ROOT_NAME)) {
      return Uni.createFrom().item(AdminAnswer.ok(shownRoot()));
    }
    Query query = Query.newBuilder().setGetAccount(GetAccount.newBuilder().setName(name)).build();
    return metadata
        .query(MetadataStore.ROOT_SHARD, query, deadline)
        .map(answer -> AdminAnswer.ok(shown(answer.getAccount())))
        .onFailure(StorageFailure.Refused.class)
        .transform(refused -> explained(refused, name));
  }

  private Uni<AdminAnswer> remove(AdminCall call) {
    String name = call.path("name");
    if (name.equals(NewAccounts.ROOT_NAME)) {
      throw AdminException.conflict("RootAccount", "The root account can't be removed.");
    }
    Command command =
        Command.newBuilder().setRemoveAccount(RemoveAccount.newBuilder().setName(name)).build();
    return metadata
        .submit(MetadataStore.ROOT_SHARD, command, deadline)
        .invoke(directory::forgetAll)
        .map(outcome -> AdminAnswer.noContent())
        .onFailure(StorageFailure.Refused.class)
        .transform(refused -> explained(refused, name));
  }

  private static Throwable explained(StorageFailure.Refused refused, String name) {
    return switch (refused.code()) {
      case ACCOUNT_EXISTS ->
          AdminException.conflict(
              "AccountExists", "An account of that name or canonical id is there already.");
      case ACCESS_KEY_EXISTS ->
          AdminException.conflict("AccessKeyExists", "That access key is taken.");
      case NO_SUCH_ACCOUNT ->
          AdminException.notFound("NoSuchAccount", "There is no account " + name + ".");
      case ACCOUNT_OWNS_BUCKETS ->
          AdminException.conflict("AccountOwnsBuckets", "The account still owns buckets.");
      default -> refused;
    };
  }

  private JsonObject shownRoot() {
    return new JsonObject()
        .put("name", NewAccounts.ROOT_NAME)
        .put("canonicalId", root.accountId())
        .put("displayName", root.displayName())
        .put("accessKey", root.accessKeyId())
        .put("root", true);
  }

  private static JsonObject shown(Account account) {
    JsonObject shown =
        new JsonObject()
            .put("name", account.getName())
            .put("canonicalId", account.getId())
            .put("displayName", account.getDisplayName())
            .put("created", Instant.ofEpochMilli(account.getCreatedMs()).toString());
    putIfSet(shown, "email", account.getEmail());
    putIfSet(shown, "accessKey", firstKey(account));
    return shown;
  }

  private static @Nullable String firstKey(Account account) {
    return account.getKeysCount() == 0 ? null : account.getKeys(0).getAccessKey();
  }

  private static void putIfSet(JsonObject shown, String name, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      shown.put(name, value);
    }
  }
}
