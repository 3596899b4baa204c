package io.sluice.metadata.state.query;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Account;
import io.sluice.storage.proto.AccountPage;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.ListAccounts;

/** Accounts by name. */
record ListAccountsQuery(ListAccounts query) implements ShardQuery {
  private static final int ACCOUNTS_MAX = 1000;

  @Override
  public Answer answer(Rows rows) {
    int max = query.getMax() == 0 ? ACCOUNTS_MAX : Math.min(query.getMax(), ACCOUNTS_MAX);
    AccountPage.Builder page = AccountPage.newBuilder();
    try (RowCursor cursor = rows.scanPrefix(Family.ACCOUNTS, KeyCodec.accountByName(""))) {
      if (!query.getStartAfter().isEmpty()) {
        cursor.seek(KeyCodec.accountByName(query.getStartAfter() + '\0'));
      }
      for (; cursor.isValid(); cursor.next()) {
        if (page.getAccountsCount() == max) {
          page.setTruncated(true);
          break;
        }
        page.addAccounts(Rows.parse(Account.parser(), cursor.value()));
      }
    }
    return Answer.newBuilder().setAccounts(page).build();
  }
}
