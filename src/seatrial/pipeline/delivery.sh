#!/usr/bin/env bash
# Deliver one environment of a system to AWS, one step a call: delivery.sh STEP
#
#   template      write the environment's template
#   build IMAGE   build one image, once for each commit, and push it
#   prepare       remember what runs; make a stack that is not there yet, without tasks
#   promote       copy the images, unchanged, into the environment's own repositories
#   migrate       run the jobs that must have succeeded before new code serves
#   update        update the stack; CloudFormation and ECS undo an update that fails
#   smoke         ask the system whether it answers
#   site          upload what changed of the website, and invalidate only that
#   rollback      go back to what `prepare` remembered
#
# Written by Seatrial; the workflow or buildspec says in variables what to deliver.
# Needs bash, the AWS CLI 2, docker with buildx, jq and curl.
set -euo pipefail

: "${IMAGE_TAG:?the commit}" "${AWS_REGION:?}"
WORK=${WORK:-${RUNNER_TEMP:?a folder for notes between the steps}/delivery}
TEMPLATE_FILE="$WORK/template.json"
mkdir -p "$WORK"

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "error: $*"
  exit 1
}

login() {
  local account
  account=$(aws sts get-caller-identity --query Account --output text)
  registry="$account.dkr.ecr.$AWS_REGION.amazonaws.com"
  aws ecr get-login-password | docker login --username AWS --password-stdin "$registry" >&2
}

# Say whether a repository has the image of this commit.
has_image() {
  if aws ecr describe-images --repository-name "$1" --image-ids "imageTag=$IMAGE_TAG" \
    >/dev/null 2>"$WORK/error"; then
    return 0
  fi
  grep -q ImageNotFoundException "$WORK/error" || fail "$(<"$WORK/error")"
  return 1
}

template() {
  seatrial template "$SYSTEM" --env "$ENVIRONMENT" --out "$TEMPLATE_FILE"
}

build() {
  local name=$1 file image
  login
  if has_image "$BUILD_REPOSITORY"; then
    say "$name is built already at $IMAGE_TAG"
    return
  fi
  file="$SOURCE/Dockerfile"
  if [[ ! -f $file ]]; then
    file="$WORK/$name.Dockerfile"
    seatrial dockerfile "$name" --system "$SYSTEM" --out "$file"
  fi
  image="$registry/$BUILD_REPOSITORY:$IMAGE_TAG"
  # Provenance would make an index of it, which ECR's basic scan does not look into.
  docker buildx build --provenance=false --platform "$PLATFORM" --load \
    --label "org.opencontainers.image.revision=$IMAGE_TAG" --file "$file" --tag "$image" "$SOURCE"
  docker push "$image"
}

# Give the physical id of one of the stack's resources; nothing when it has none of that name.
physical() {
  jq -r --arg id "$1" \
    '.StackResourceSummaries[] | select(.LogicalResourceId == $id) | .PhysicalResourceId // ""' \
    "$WORK/resources.json"
}

read_resources() {
  aws cloudformation list-stack-resources --stack-name "$STACK" --output json \
    >"$WORK/resources.json"
}

# Give the tag that ran before this delivery; nothing when none did.
tag_before() {
  [[ -s $WORK/before.json ]] || return 0
  jq -r '.Stacks[0].Parameters[]? | select(.ParameterKey == "ImageTag") | .ParameterValue
    | select(. != "initial")' "$WORK/before.json"
}

deploy() {
  local template=$1
  shift
  aws cloudformation deploy --stack-name "$STACK" --template-file "$template" \
    --s3-bucket "$TEMPLATES" --s3-prefix "$STACK" --role-arn "$STACK_ROLE" \
    --capabilities CAPABILITY_NAMED_IAM --no-fail-on-empty-changeset \
    --parameter-overrides "$@"
}

# Fill `given` with the parameters that have no default, as far as they are told.
read_given() {
  local name variable
  given=()
  for name in ${PARAMETERS:-}; do
    variable="PARAMETER_$name"
    if [[ -n ${!variable:-} ]]; then
      given+=("$name=${!variable}")
    elif [[ ${1:-} == all ]]; then
      fail "the variable $name is not set, and the stack $STACK cannot be made without it"
    fi
  done
}

# Fill `counts` with the number of tasks that runs now: the template's own number would undo
# what autoscaling did. A first deployment starts with the system's own.
read_counts() {
  local entry parameter service cluster first arn now
  counts=()
  for entry in ${COUNTS:-}; do
    IFS='|' read -r parameter service cluster first <<<"$entry"
    arn=$(physical "$service")
    now=$first
    if [[ -n $arn && -n $(tag_before) ]]; then
      now=$(aws ecs describe-services --cluster "$(physical "$cluster")" --services "$arn" \
        --query 'services[0].desiredCount' --output text)
      [[ $now =~ ^[0-9]+$ ]] || now=$first
    fi
    counts+=("$parameter=$now")
  done
}

prepare() {
  local entry zero=()
  rm -f "$WORK/before.json" "$WORK/late" "$WORK/updated"
  if aws cloudformation describe-stacks --stack-name "$STACK" --output json \
    >"$WORK/found.json" 2>"$WORK/error"; then
    case $(jq -r '.Stacks[0].StackStatus' "$WORK/found.json") in
      ROLLBACK_COMPLETE | REVIEW_IN_PROGRESS)
        fail "the stack $STACK was never made whole. Delete it, then deliver again." ;;
    esac
    mv "$WORK/found.json" "$WORK/before.json"
    aws cloudformation get-template --stack-name "$STACK" --template-stage Original \
      --query TemplateBody --output json >"$WORK/before-template.json"
    return
  fi
  grep -q 'does not exist' "$WORK/error" || fail "$(<"$WORK/error")"
  say "the stack $STACK is new: it starts without tasks, because its images come next"
  for entry in ${COUNTS:-}; do
    zero+=("${entry%%|*}=0")
  done
  read_given all
  deploy "$TEMPLATE_FILE" ImageTag=initial "${given[@]}" "${zero[@]}"
}

promote() {
  local pair from to digest
  login
  for pair in $IMAGES; do
    from=${pair%%=*}
    to=${pair#*=}
    if has_image "$to"; then
      say "$to has $IMAGE_TAG already"
      continue
    fi
    digest=$(aws ecr describe-images --repository-name "$from" \
      --image-ids "imageTag=$IMAGE_TAG" --query 'imageDetails[0].imageDigest' --output text)
    docker buildx imagetools create --prefer-index=false \
      --tag "$registry/$to:$IMAGE_TAG" "$registry/$from@$digest"
  done
}

# Run one job with this commit's image; the settings are those of the stack as it is.
run_job() {
  local task=$1 group=$2 subnets=$3 cluster=$4 arn revision network run tries=0 ids=() subnet
  arn=$(physical "$task")
  aws ecs describe-task-definition --task-definition "$arn" --query taskDefinition \
    --output json >"$WORK/task.json"
  jq --arg tag ":$IMAGE_TAG" '
    .containerDefinitions |= map(
      if .image | test("\\.dkr\\.ecr\\.") then .image |= sub(":[^:/@]*$"; $tag) else . end)
    | del(.taskDefinitionArn, .revision, .status, .requiresAttributes, .compatibilities,
      .registeredAt, .registeredBy)' "$WORK/task.json" >"$WORK/job.json"
  revision=$(aws ecs register-task-definition --cli-input-json "file://$WORK/job.json" \
    --query taskDefinition.taskDefinitionArn --output text)
  for subnet in ${subnets//,/ }; do
    ids+=("$(physical "$subnet")")
  done
  network=$(jq -cn --arg group "$(physical "$group")" '{awsvpcConfiguration:
    {subnets: $ARGS.positional, securityGroups: [$group], assignPublicIp: "DISABLED"}}' \
    --args "${ids[@]}")
  cluster=$(physical "$cluster")
  run=$(aws ecs run-task --cluster "$cluster" --task-definition "$revision" \
    --launch-type FARGATE --network-configuration "$network" \
    --query 'tasks[0].taskArn' --output text)
  [[ $run == arn:* ]] || fail "$task was not started"
  say "$task runs: $run"
  until aws ecs wait tasks-stopped --cluster "$cluster" --tasks "$run"; do
    # One wait is ten minutes.
    ((++tries < 6)) || fail "$task has run for an hour"
  done
  aws ecs describe-tasks --cluster "$cluster" --tasks "$run" --query 'tasks[0]' --output json \
    >"$WORK/run.json"
  jq -e '.containers | length > 0 and all(.exitCode == 0)' "$WORK/run.json" >/dev/null ||
    fail "$task failed: $(jq -c '[.stoppedReason, (.containers[] | [.name, .exitCode, .reason])]' \
      "$WORK/run.json")"
}

migrate() {
  local job task group subnets cluster
  read_resources
  for job in ${JOBS:-}; do
    IFS='|' read -r task group subnets cluster <<<"$job"
    if [[ -z $(physical "$task") ]]; then
      say "warning: $task is new in the stack and can only run right after this update"
      printf '%s\n' "$job" >>"$WORK/late"
      continue
    fi
    run_job "$task" "$group" "$subnets" "$cluster"
  done
}

update() {
  local task group subnets cluster
  read_resources
  read_given
  read_counts
  deploy "$TEMPLATE_FILE" "ImageTag=$IMAGE_TAG" "${given[@]}" "${counts[@]}"
  : >"$WORK/updated"
  [[ -s $WORK/late ]] || return 0
  read_resources
  while IFS='|' read -r task group subnets cluster <&3; do
    run_job "$task" "$group" "$subnets" "$cluster"
  done 3<"$WORK/late"
}

smoke() {
  local address
  address=$(aws cloudformation describe-stacks --stack-name "$STACK" \
    --query "Stacks[0].Outputs[?OutputKey=='Address'].OutputValue" --output text)
  [[ $address == http* ]] || fail "the stack $STACK tells no address"
  curl --fail --silent --show-error --output /dev/null --max-time 10 \
    --retry 12 --retry-delay 5 --retry-all-errors "$address$SMOKE_PATH"
  say "$address$SMOKE_PATH answers"
}

site() {
  local bucket distribution key notes paths=() changed=() gone=()
  read_resources
  bucket=$(physical "$SITE_BUCKET")
  distribution=$(physical "$SITE_DISTRIBUTION")
  notes="s3://$TEMPLATES/$STACK/site.sha256"
  (cd "$SITE_FOLDER" && find . -type f -print0 | sort -z | xargs -0 sha256sum) |
    sed 's,  \./,  ,' | LC_ALL=C sort >"$WORK/site.now"
  if ! aws s3 cp --quiet "$notes" "$WORK/site.before" 2>"$WORK/error"; then
    grep -qE '404|NoSuchKey|Not Found' "$WORK/error" || fail "$(<"$WORK/error")"
    : >"$WORK/site.before"
  fi
  mapfile -t changed < <(LC_ALL=C comm -13 "$WORK/site.before" "$WORK/site.now" | cut -c67-)
  mapfile -t gone < <(LC_ALL=C comm -23 <(cut -c67- "$WORK/site.before" | LC_ALL=C sort) \
    <(cut -c67- "$WORK/site.now" | LC_ALL=C sort))
  # Pages come last, so that none names a file that is not there yet.
  for key in "${changed[@]}"; do
    [[ $key == *.html ]] || aws s3 cp --quiet "$SITE_FOLDER/$key" "s3://$bucket/$key"
  done
  for key in "${changed[@]}"; do
    [[ $key != *.html ]] || aws s3 cp --quiet "$SITE_FOLDER/$key" "s3://$bucket/$key"
  done
  for key in "${gone[@]}"; do
    aws s3 rm --quiet "s3://$bucket/$key"
  done
  aws s3 cp --quiet "$WORK/site.now" "$notes"
  for key in "${changed[@]}" "${gone[@]}"; do
    paths+=("/$(jq -rn --arg key "$key" '$key | split("/") | map(@uri) | join("/")')")
    [[ $key != index.html ]] || paths+=("/")
  done
  say "website: ${#changed[@]} uploaded, ${#gone[@]} removed"
  # The first 1,000 paths of a month are free, and one request takes at most 3,000.
  ((${#paths[@]} <= 300)) || paths=("/*")
  ((${#paths[@]} == 0)) || aws cloudfront create-invalidation \
    --distribution-id "$distribution" --paths "${paths[@]}" >/dev/null
}

rollback() {
  local kept=()
  if [[ ! -e $WORK/updated ]]; then
    say "the stack is as it was: no update of it succeeded"
    return
  fi
  if [[ -z $(tag_before) ]]; then
    say "nothing ran in $STACK before this delivery, so there is nothing to go back to"
    return
  fi
  say "back to $(tag_before); what jobs changed in a database stays"
  read_resources
  read_counts
  mapfile -t kept < <(jq -r --arg counts " ${COUNTS:-}" '.Stacks[0].Parameters[]?
    | select(.ParameterValue != "****")
    | select(.ParameterKey as $key | $counts | contains(" " + $key + "|") | not)
    | .ParameterKey + "=" + .ParameterValue' "$WORK/before.json")
  deploy "$WORK/before-template.json" "${kept[@]}" "${counts[@]}"
}

case ${1:-} in
  build) build "${2:?which image}" ;;
  template | prepare | promote | migrate | update | smoke | site | rollback) "$1" ;;
  *) fail "delivery.sh takes template, build, prepare, promote, migrate, update, smoke, site, rollback" ;;
esac
