"""From a goal to tasks: prompts, context, and the plan that comes back."""
