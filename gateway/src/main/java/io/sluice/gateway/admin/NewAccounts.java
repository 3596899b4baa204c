package io.sluice.gateway.admin;

import io.sluice.gateway.auth.RootAccount;
import io.sluice.storage.proto.AccessKey;
import io.sluice.storage.proto.Account;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes accounts of what an administrator asks for; what is not given is random. */
final class NewAccounts {
  static final String ROOT_NAME = "root";

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9+=,.@_-]{0,63}");
  private static final Pattern CANONICAL_ID = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern ACCESS_KEY = Pattern.compile("[A-Za-z0-9._+=@-]{3,128}");
  private static final Pattern SECRET_KEY = Pattern.compile("[!-~]{8,128}");
  private static final Pattern DISPLAY_NAME = Pattern.compile("[^\\p{Cntrl}\\p{Cs}]{1,128}");
  private static final Pattern EMAIL = Pattern.compile("[!-?A-~]{1,64}@[!-?A-~]{1,189}");

  private static final String ACCESS_KEY_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  private static final int ACCESS_KEY_LENGTH = 20;
  private static final int SECRET_KEY_BYTES = 30;
  private static final int CANONICAL_ID_BYTES = 32;

  private final RootAccount root;
  private final Clock clock;
  private final SecureRandom random = new SecureRandom();

  NewAccounts(RootAccount root, Clock clock) {
    this.root = root;
    this.clock = clock;
  }

  /**
   * The account that a call asks for.
   *
   * @throws AdminException for what is malformed, or the root account's
   */
  Account from(AdminCall call) {
    String name = call.text("name");
    if (name == null) {
      throw AdminException.invalid("name is missing");
    }
    check("name", name, NAME, "1 to 64 of A-Z a-z 0-9 + = , . @ _ -");
    String id = orElse(call.text("canonicalId"), randomHex());
    check("canonicalId", id, CANONICAL_ID, "64 lower-case hex digits");
    String accessKey = call.text("accessKey");
    String secretKey = call.text("secretKey");
    if ((accessKey == null) != (secretKey == null)) {
      throw AdminException.invalid("accessKey and secretKey come together");
    }
    if (name.equals(ROOT_NAME) || id.equals(root.accountId())) {
      throw AdminException.conflict("AccountExists", "That is the root account.");
    }
    String displayName = orElse(call.text("displayName"), name);
    check("displayName", displayName, DISPLAY_NAME, "1 to 128 characters");
    String email = orElse(call.text("email"), "");
    if (!email.isEmpty()) {
      check("email", email, EMAIL, "an e-mail address");
    }
    return Account.newBuilder()
        .setId(id)
        .setName(name)
        .setDisplayName(displayName)
        .setEmail(email)
        .setCreatedMs(clock.millis())
        .addKeys(key(accessKey, secretKey))
        .build();
  }

  private AccessKey key(@Nullable String accessKey, @Nullable String secretKey) {
    String access = orElse(accessKey, randomAccessKey());
    String secret = orElse(secretKey, randomSecret());
    check("accessKey", access, ACCESS_KEY, "3 to 128 of A-Z a-z 0-9 . _ + = @ -");
    check("secretKey", secret, SECRET_KEY, "8 to 128 printable ASCII characters without blanks");
    if (access.equals(root.accessKeyId())) {
      throw AdminException.conflict("AccessKeyExists", "That access key is taken.");
    }
    return AccessKey.newBuilder()
        .setAccessKey(access)
        .setSecretKey(secret)
        .setCreatedMs(clock.millis())
        .build();
  }

  private static void check(String field, String value, Pattern rule, String rules) {
    if (!rule.matcher(value).matches()) {
      throw AdminException.invalid(field + " must be " + rules);
    }
  }

  private static String orElse(@Nullable String given, String otherwise) {
    return given == null ? otherwise : given;
  }

  private String randomHex() {
    return HexFormat.of().formatHex(bytes(CANONICAL_ID_BYTES));
  }

  private String randomAccessKey() {
    StringBuilder key = new StringBuilder(ACCESS_KEY_LENGTH).append("SL");
    while (key.length() < ACCESS_KEY_LENGTH) {
      key.append(ACCESS_KEY_LETTERS.charAt(random.nextInt(ACCESS_KEY_LETTERS.length())));
    }
    return key.toString();
  }

  /** 40 characters. */
  private String randomSecret() {
    return Base64.getEncoder().encodeToString(bytes(SECRET_KEY_BYTES));
  }

  private byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }
}
