package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.proto.AccessKey;
import io.sluice.storage.proto.Account;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RemoveAccount;

/** Removes an account that owns no bucket. */
record RemoveAccountCommand(RemoveAccount command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    Transaction rows = context.rows();
    Account account =
        rows.get(Family.ACCOUNTS, KeyCodec.accountByName(command.getName()), Account.parser());
    if (account == null) {
      throw new RefusedException(RefusalCode.NO_SUCH_ACCOUNT, "There is no such account.");
    }
    byte[] owned = KeyCodec.bucketByOwner(account.getId(), "");
    try (RowCursor buckets = rows.scanPrefix(Family.BUCKETS, owned)) {
      if (buckets.isValid()) {
        throw new RefusedException(
            RefusalCode.ACCOUNT_OWNS_BUCKETS, "The account owns buckets; delete them first.");
      }
    }
    rows.delete(Family.ACCOUNTS, KeyCodec.accountByName(account.getName()));
    rows.delete(Family.ACCOUNTS, KeyCodec.accountById(account.getId()));
    for (AccessKey key : account.getKeysList()) {
      rows.delete(Family.ACCOUNTS, KeyCodec.accountByAccessKey(key.getAccessKey()));
    }
    return ApplyContext.done();
  }
}
