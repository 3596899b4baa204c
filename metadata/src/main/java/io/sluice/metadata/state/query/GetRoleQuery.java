package io.sluice.metadata.state.query;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.RoleRecord;

/** What the cluster is to others. */
record GetRoleQuery() implements ShardQuery {
  @Override
  public Answer answer(Rows rows) {
    RoleRecord role = rows.get(Family.META, KeyCodec.ROLE, RoleRecord.parser());
    return Answer.newBuilder()
        .setRole(role == null ? RoleRecord.getDefaultInstance() : role)
        .build();
  }

  @Override
  public boolean isPointLookup() {
    return true;
  }
}
