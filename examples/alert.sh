#!/bin/sh
# Sends an encrypted alert to somebody's Sotto, with Debian's packages `jose`, `curl` and `openssl`.
#
#   SOTTO_TOKEN_FILE=token sh alert.sh https://chat.example.org mara ACCOUNT_KEY "Disk 91 % full" [FILE]
#
# ACCOUNT_KEY and the token come from Mara ("Alerts" in her settings). The relay passes the message on and cannot read
# it: it is encrypted here, to a key that is used only if Mara's account key signed it. Fails with a status above 0.
set -eu
origin=$1 handle=$2 account_key=$3 text=$4 file=${5-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Without the line's end that jose puts behind.
field() { printf %s "$(jose fmt -j "$work/keys.json" -g "$1" -u-)"; }

curl --silent --show-error --fail "$origin/api/sealed/$handle" -o "$work/keys.json"

# The relay's word is not enough: the record has to be signed by the account.
{ printf 'sotto/sealed-keys-v1\0'; field record; } >"$work/signed"
field signature | jose b64 dec -i- -O "$work/signature"
{ printf '\060\052\060\005\006\003\053\145\160\003\041\000'; printf %s "$account_key" | jose b64 dec -i- -O-; } >"$work/account.der"
openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/account.der" -rawin \
  -in "$work/signed" -sigfile "$work/signature" >/dev/null

# The first key of the record is the one to encrypt to.
field record >"$work/record.json"
jose fmt -j "$work/record.json" -g keys -g 0 -o "$work/enc.jwk"
kid=$(jose fmt -j "$work/enc.jwk" -g kid -u-)
id=$(cat /proc/sys/kernel/random/uuid)
jose fmt -j '{}' -q "$id" -s jti -U -j "$(date +%s)" -s iat -U -q "$text" -s text -U -o "$work/alert.json"
if [ -n "$file" ]; then
  type=$(file --brief --mime-type "$file" 2>/dev/null || echo application/octet-stream)
  {
    printf '[{"name":%s,"type":"%s","data":"' "$(jose fmt -q "$(basename "$file")" -o-)" "$type"
    jose b64 enc -I "$file" -o- | tr -d '\n'
    printf '"}]'
  } >"$work/attachments.json"
  jose fmt -j "$work/alert.json" -j "$work/attachments.json" -s attachments -U -o "$work/with.json"
  mv "$work/with.json" "$work/alert.json"
fi
header="{\"alg\":\"RSA-OAEP-256\",\"enc\":\"A256GCM\",\"kid\":\"$kid\",\"typ\":\"sotto-sealed+jose\",\"cty\":\"json\"}"
if jose alg | grep -qx RSA-OAEP-256; then
  jose jwe enc -i "{\"protected\":$header}" -I "$work/alert.json" -k "$work/enc.jwk" -c -o "$work/alert.jwe"
else
  # Before version 12, beside OpenSSL 3, `jose` has no RSA-OAEP: so in Debian 12. There python3-jwcrypto does this step.
  python3 -c 'import sys; from jwcrypto import jwe, jwk
sealed = jwe.JWE(open(sys.argv[2], "rb").read(), sys.argv[1])
sealed.add_recipient(jwk.JWK.from_json(open(sys.argv[3]).read()))
print(sealed.serialize(compact=True), end="")' "$header" "$work/alert.json" "$work/enc.jwk" >"$work/alert.jwe"
fi

# The token stands in a file, never among the arguments, where others on this machine would see it.
printf 'header = "Authorization: Bearer %s"\n' "$(cat "$SOTTO_TOKEN_FILE")" >"$work/curl.conf"
curl --silent --show-error --fail --config "$work/curl.conf" --retry 3 \
  --header 'Content-Type: application/jose' --header "Message-Id: $id" \
  --data-binary "@$work/alert.jwe" "$origin/api/sealed/$handle"
echo
