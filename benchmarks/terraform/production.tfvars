# docs/examples/production, with what its roles add by default, and without what benchmarks/stacks.py leaves out.

environment = "prod"
account_id  = "333333333333"
https       = true
repository  = { name = "shop", tag = "1.4.2" }
cidrs       = { east = "10.50.0.0/16", west = "10.60.0.0/16" }

stack         = "shop"
domain        = "app.example.com"
port          = 8080
health_path   = "/health"
desired_count = 4
cpu           = 512
memory        = 1024

production = {
  strict_transport_security = "max-age=31536000"
  desync_mitigation_mode    = "strictest"
  log_days                  = 90
  egress_port               = 443
  flow_log_days             = 90
  query_log_days            = 30
  scaling                   = { minimum = 4, maximum = 12, cpu = 60, memory = 75, requests = 600 }
  spot                      = { base = 4 }
  keep_images               = 50
  untagged_days             = 14
  interface_endpoints       = ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm"]
  notify                    = "on-call@example.com"
  alarms                    = { latency = 1, target_errors = 2 }
}
