package io.sluice.metadata.state.query;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Account;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.GetAccount;
import io.sluice.storage.proto.RefusalCode;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** An account, by its name, id or an access key. */
record GetAccountQuery(GetAccount query) implements ShardQuery {
  @Override
  public Answer answer(Rows rows) {
    String name = name(rows);
    Account account =
        name == null
            ? null
            : rows.get(Family.ACCOUNTS, KeyCodec.accountByName(name), Account.parser());
    if (account == null) {
      return ShardQuery.refused(RefusalCode.NO_SUCH_ACCOUNT, "There is no such account.");
    }
    return Answer.newBuilder().setAccount(account).build();
  }

  private @Nullable String name(Rows rows) {
    return switch (query.getByCase()) {
      case NAME -> query.getName();
      case ACCESS_KEY ->
          text(rows.get(Family.ACCOUNTS, KeyCodec.accountByAccessKey(query.getAccessKey())));
      case ID -> text(rows.get(Family.ACCOUNTS, KeyCodec.accountById(query.getId())));
      case BY_NOT_SET -> null;
    };
  }

  private static @Nullable String text(byte @Nullable [] utf8) {
    return utf8 == null ? null : new String(utf8, StandardCharsets.UTF_8);
  }

  @Override
  public boolean isPointLookup() {
    return true;
  }
}
