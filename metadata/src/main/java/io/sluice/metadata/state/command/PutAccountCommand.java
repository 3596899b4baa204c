package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.proto.AccessKey;
import io.sluice.storage.proto.Account;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PutAccount;
import io.sluice.storage.proto.RefusalCode;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/** Adds an account whose name, id and access keys nobody has. */
record PutAccountCommand(PutAccount command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    Transaction rows = context.rows();
    Account account = command.getAccount().toBuilder().setCreatedMs(context.nowMs()).build();
    if (account.getName().isEmpty() || account.getId().isEmpty()) {
      throw ApplyContext.invalid("An account has a name and an id.");
    }
    if (rows.get(Family.ACCOUNTS, KeyCodec.accountByName(account.getName())) != null
        || rows.get(Family.ACCOUNTS, KeyCodec.accountById(account.getId())) != null) {
      throw new RefusedException(
          RefusalCode.ACCOUNT_EXISTS, "An account of that name or id exists already.");
    }
    requireFreeKeys(rows, account);
    byte[] name = account.getName().getBytes(StandardCharsets.UTF_8);
    rows.put(Family.ACCOUNTS, KeyCodec.accountByName(account.getName()), account);
    rows.put(Family.ACCOUNTS, KeyCodec.accountById(account.getId()), name);
    for (AccessKey key : account.getKeysList()) {
      rows.put(Family.ACCOUNTS, KeyCodec.accountByAccessKey(key.getAccessKey()), name);
    }
    return Outcome.newBuilder().setAccount(account);
  }

  private static void requireFreeKeys(Transaction rows, Account account) throws RefusedException {
    Set<String> seen = new HashSet<>();
    for (AccessKey key : account.getKeysList()) {
      String accessKey = key.getAccessKey();
      if (!seen.add(accessKey)
          || rows.get(Family.ACCOUNTS, KeyCodec.accountByAccessKey(accessKey)) != null) {
        throw new RefusedException(
            RefusalCode.ACCESS_KEY_EXISTS, "The access key is in use already.");
      }
    }
  }
}
