package io.sluice.s3.auth;

/** The {@code Credential} of a signature: an access key and its scope. */
record Credential(String accessKeyId, CredentialScope scope) {

  /** Read from the end, because an access key may hold slashes. */
  static Credential parse(String text, boolean presigned) {
    int terminator = text.lastIndexOf('/');
    int service = text.lastIndexOf('/', terminator - 1);
    int region = text.lastIndexOf('/', service - 1);
    int date = text.lastIndexOf('/', region - 1);
    if (date <= 0 || service < 0 || region < 0) {
      throw AuthErrors.credentialMalformed(
          presigned,
          "the Credential is mal-formed; expecting"
              + " \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");
    }
    if (!text.substring(terminator + 1).equals(CredentialScope.TERMINATOR)) {
      throw AuthErrors.credentialMalformed(
          presigned,
          "incorrect terminal \""
              + text.substring(terminator + 1)
              + "\". This endpoint uses \"aws4_request\".");
    }
    String day = text.substring(date + 1, region);
    if (!isDay(day)) {
      throw AuthErrors.credentialMalformed(
          presigned,
          "incorrect date format \""
              + day
              + "\". This date in the credential must be in the format \"yyyyMMdd\".");
    }
    return new Credential(
        text.substring(0, date),
        new CredentialScope(
            day, text.substring(region + 1, service), text.substring(service + 1, terminator)));
  }

  private static boolean isDay(String text) {
    if (text.length() != 8) {
      return false;
    }
    for (int i = 0; i < 8; i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }
}
